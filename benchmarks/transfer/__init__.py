"""What a network that has learned five of CIFAR-10's classes is worth to the other five."""
