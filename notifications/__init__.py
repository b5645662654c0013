"""What people are told: messages, links and their delivery. A message is a row written with the change that causes it."""
