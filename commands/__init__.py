"""What can be done, one transaction each: state, what follows, trail and messages commit together or not."""
