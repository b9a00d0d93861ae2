region = env("REGION") # ERROR: A file of values holds literals only.
regoin = "x" # ERROR: There is no variable "regoin".
block {} # ERROR: A file of values holds no blocks.
