source "udp" "a" {} # ERROR: The source type "udp" is not supported yet.
source "unix" "b" {} # ERROR: The source type "unix" is not supported yet.
source "syslog" "c" {} # ERROR: The source type "syslog" is not supported yet.
source "file" "e" {} # ERROR: The source type "file" is not supported yet.
source "journald" "f" {} # ERROR: The source type "journald" is not supported yet.
source "otlp" "g" {} # ERROR: The source type "otlp" is not supported yet.
