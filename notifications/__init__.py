"""What people are told: messages, links and their delivery. A message is written with the change that causes it."""
