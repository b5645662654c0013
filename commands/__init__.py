"""What can be done, one transaction each: state, what follows from it, trail and messages commit together or not at all."""
