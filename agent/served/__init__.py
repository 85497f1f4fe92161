"""Who counts the customers served: a camera, a sensor on a pin, a key of the staff's."""
