# ERROR@+1: This is not HCL: it looks like rsyslog's form.
module(load="imtcp")
*.* action(type="omfile" file="/var/log/all.log")
