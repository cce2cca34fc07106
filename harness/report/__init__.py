"""What people and programs read: renderings of a matrix, all of them pure."""
