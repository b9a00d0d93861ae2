# ERROR@+1: This is not HCL: it looks like JSON.
{
  "source": { "tcp": { "app": {} } }
}
