"""What went wrong in the student's own cell, and a change that was tried: ``%load_ext anatomy``."""
