# ERROR@+1: This is not HCL: it looks like rsyslog's form.
*.* @@127.0.0.1:514
