# Nothing but comments.
# WARN@-: The configuration has no pipeline.
