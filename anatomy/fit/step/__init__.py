"""One training step under the microscope: what flows in the loop for one sample and one unit."""
