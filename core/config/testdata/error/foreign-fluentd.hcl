# ERROR@+1: This is not HCL: it looks like XML, or Fluentd's form.
<source>
  @type tcp
</source>
