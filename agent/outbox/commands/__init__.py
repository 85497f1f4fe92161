"""`smilepost outbox ...`: what a person can see of a store, take out of it, and mend."""
