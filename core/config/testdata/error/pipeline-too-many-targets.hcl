source "tcp" "app" {}
destination "tcp" "d0" {
  address = "127.0.0.1:9000"
}
destination "tcp" "d1" {
  address = "127.0.0.1:9001"
}
destination "tcp" "d2" {
  address = "127.0.0.1:9002"
}
destination "tcp" "d3" {
  address = "127.0.0.1:9003"
}
destination "tcp" "d4" {
  address = "127.0.0.1:9004"
}
destination "tcp" "d5" {
  address = "127.0.0.1:9005"
}
destination "tcp" "d6" {
  address = "127.0.0.1:9006"
}
destination "tcp" "d7" {
  address = "127.0.0.1:9007"
}
destination "tcp" "d8" {
  address = "127.0.0.1:9008"
}
destination "tcp" "d9" {
  address = "127.0.0.1:9009"
}
destination "tcp" "d10" {
  address = "127.0.0.1:9010"
}
destination "tcp" "d11" {
  address = "127.0.0.1:9011"
}
destination "tcp" "d12" {
  address = "127.0.0.1:9012"
}
destination "tcp" "d13" {
  address = "127.0.0.1:9013"
}
destination "tcp" "d14" {
  address = "127.0.0.1:9014"
}
destination "tcp" "d15" {
  address = "127.0.0.1:9015"
}
destination "tcp" "d16" {
  address = "127.0.0.1:9016"
}
destination "tcp" "d17" {
  address = "127.0.0.1:9017"
}
destination "tcp" "d18" {
  address = "127.0.0.1:9018"
}
destination "tcp" "d19" {
  address = "127.0.0.1:9019"
}
destination "tcp" "d20" {
  address = "127.0.0.1:9020"
}
destination "tcp" "d21" {
  address = "127.0.0.1:9021"
}
destination "tcp" "d22" {
  address = "127.0.0.1:9022"
}
destination "tcp" "d23" {
  address = "127.0.0.1:9023"
}
destination "tcp" "d24" {
  address = "127.0.0.1:9024"
}
destination "tcp" "d25" {
  address = "127.0.0.1:9025"
}
destination "tcp" "d26" {
  address = "127.0.0.1:9026"
}
destination "tcp" "d27" {
  address = "127.0.0.1:9027"
}
destination "tcp" "d28" {
  address = "127.0.0.1:9028"
}
destination "tcp" "d29" {
  address = "127.0.0.1:9029"
}
destination "tcp" "d30" {
  address = "127.0.0.1:9030"
}
destination "tcp" "d31" {
  address = "127.0.0.1:9031"
}
destination "tcp" "d32" {
  address = "127.0.0.1:9032"
}
destination "tcp" "d33" {
  address = "127.0.0.1:9033"
}
destination "tcp" "d34" {
  address = "127.0.0.1:9034"
}
destination "tcp" "d35" {
  address = "127.0.0.1:9035"
}
destination "tcp" "d36" {
  address = "127.0.0.1:9036"
}
destination "tcp" "d37" {
  address = "127.0.0.1:9037"
}
destination "tcp" "d38" {
  address = "127.0.0.1:9038"
}
destination "tcp" "d39" {
  address = "127.0.0.1:9039"
}
destination "tcp" "d40" {
  address = "127.0.0.1:9040"
}
destination "tcp" "d41" {
  address = "127.0.0.1:9041"
}
destination "tcp" "d42" {
  address = "127.0.0.1:9042"
}
destination "tcp" "d43" {
  address = "127.0.0.1:9043"
}
destination "tcp" "d44" {
  address = "127.0.0.1:9044"
}
destination "tcp" "d45" {
  address = "127.0.0.1:9045"
}
destination "tcp" "d46" {
  address = "127.0.0.1:9046"
}
destination "tcp" "d47" {
  address = "127.0.0.1:9047"
}
destination "tcp" "d48" {
  address = "127.0.0.1:9048"
}
destination "tcp" "d49" {
  address = "127.0.0.1:9049"
}
destination "tcp" "d50" {
  address = "127.0.0.1:9050"
}
destination "tcp" "d51" {
  address = "127.0.0.1:9051"
}
destination "tcp" "d52" {
  address = "127.0.0.1:9052"
}
destination "tcp" "d53" {
  address = "127.0.0.1:9053"
}
destination "tcp" "d54" {
  address = "127.0.0.1:9054"
}
destination "tcp" "d55" {
  address = "127.0.0.1:9055"
}
destination "tcp" "d56" {
  address = "127.0.0.1:9056"
}
destination "tcp" "d57" {
  address = "127.0.0.1:9057"
}
destination "tcp" "d58" {
  address = "127.0.0.1:9058"
}
destination "tcp" "d59" {
  address = "127.0.0.1:9059"
}
destination "tcp" "d60" {
  address = "127.0.0.1:9060"
}
destination "tcp" "d61" {
  address = "127.0.0.1:9061"
}
destination "tcp" "d62" {
  address = "127.0.0.1:9062"
}
destination "tcp" "d63" {
  address = "127.0.0.1:9063"
}
destination "tcp" "d64" {
  address = "127.0.0.1:9064"
}
destination "tcp" "d65" {
  address = "127.0.0.1:9065"
}
destination "tcp" "d66" {
  address = "127.0.0.1:9066"
}
destination "tcp" "d67" {
  address = "127.0.0.1:9067"
}
destination "tcp" "d68" {
  address = "127.0.0.1:9068"
}
destination "tcp" "d69" {
  address = "127.0.0.1:9069"
}
destination "tcp" "d70" {
  address = "127.0.0.1:9070"
}
destination "tcp" "d71" {
  address = "127.0.0.1:9071"
}
destination "tcp" "d72" {
  address = "127.0.0.1:9072"
}
destination "tcp" "d73" {
  address = "127.0.0.1:9073"
}
destination "tcp" "d74" {
  address = "127.0.0.1:9074"
}
destination "tcp" "d75" {
  address = "127.0.0.1:9075"
}
destination "tcp" "d76" {
  address = "127.0.0.1:9076"
}
destination "tcp" "d77" {
  address = "127.0.0.1:9077"
}
destination "tcp" "d78" {
  address = "127.0.0.1:9078"
}
destination "tcp" "d79" {
  address = "127.0.0.1:9079"
}
destination "tcp" "d80" {
  address = "127.0.0.1:9080"
}
destination "tcp" "d81" {
  address = "127.0.0.1:9081"
}
destination "tcp" "d82" {
  address = "127.0.0.1:9082"
}
destination "tcp" "d83" {
  address = "127.0.0.1:9083"
}
destination "tcp" "d84" {
  address = "127.0.0.1:9084"
}
destination "tcp" "d85" {
  address = "127.0.0.1:9085"
}
destination "tcp" "d86" {
  address = "127.0.0.1:9086"
}
destination "tcp" "d87" {
  address = "127.0.0.1:9087"
}
destination "tcp" "d88" {
  address = "127.0.0.1:9088"
}
destination "tcp" "d89" {
  address = "127.0.0.1:9089"
}
destination "tcp" "d90" {
  address = "127.0.0.1:9090"
}
destination "tcp" "d91" {
  address = "127.0.0.1:9091"
}
destination "tcp" "d92" {
  address = "127.0.0.1:9092"
}
destination "tcp" "d93" {
  address = "127.0.0.1:9093"
}
destination "tcp" "d94" {
  address = "127.0.0.1:9094"
}
destination "tcp" "d95" {
  address = "127.0.0.1:9095"
}
destination "tcp" "d96" {
  address = "127.0.0.1:9096"
}
destination "tcp" "d97" {
  address = "127.0.0.1:9097"
}
destination "tcp" "d98" {
  address = "127.0.0.1:9098"
}
destination "tcp" "d99" {
  address = "127.0.0.1:9099"
}
destination "tcp" "d100" {
  address = "127.0.0.1:9100"
}
destination "tcp" "d101" {
  address = "127.0.0.1:9101"
}
destination "tcp" "d102" {
  address = "127.0.0.1:9102"
}
destination "tcp" "d103" {
  address = "127.0.0.1:9103"
}
destination "tcp" "d104" {
  address = "127.0.0.1:9104"
}
destination "tcp" "d105" {
  address = "127.0.0.1:9105"
}
destination "tcp" "d106" {
  address = "127.0.0.1:9106"
}
destination "tcp" "d107" {
  address = "127.0.0.1:9107"
}
destination "tcp" "d108" {
  address = "127.0.0.1:9108"
}
destination "tcp" "d109" {
  address = "127.0.0.1:9109"
}
destination "tcp" "d110" {
  address = "127.0.0.1:9110"
}
destination "tcp" "d111" {
  address = "127.0.0.1:9111"
}
destination "tcp" "d112" {
  address = "127.0.0.1:9112"
}
destination "tcp" "d113" {
  address = "127.0.0.1:9113"
}
destination "tcp" "d114" {
  address = "127.0.0.1:9114"
}
destination "tcp" "d115" {
  address = "127.0.0.1:9115"
}
destination "tcp" "d116" {
  address = "127.0.0.1:9116"
}
destination "tcp" "d117" {
  address = "127.0.0.1:9117"
}
destination "tcp" "d118" {
  address = "127.0.0.1:9118"
}
destination "tcp" "d119" {
  address = "127.0.0.1:9119"
}
destination "tcp" "d120" {
  address = "127.0.0.1:9120"
}
destination "tcp" "d121" {
  address = "127.0.0.1:9121"
}
destination "tcp" "d122" {
  address = "127.0.0.1:9122"
}
destination "tcp" "d123" {
  address = "127.0.0.1:9123"
}
destination "tcp" "d124" {
  address = "127.0.0.1:9124"
}
destination "tcp" "d125" {
  address = "127.0.0.1:9125"
}
destination "tcp" "d126" {
  address = "127.0.0.1:9126"
}
destination "tcp" "d127" {
  address = "127.0.0.1:9127"
}
destination "tcp" "d128" {
  address = "127.0.0.1:9128"
}
destination "tcp" "d129" {
  address = "127.0.0.1:9129"
}
destination "tcp" "d130" {
  address = "127.0.0.1:9130"
}
destination "tcp" "d131" {
  address = "127.0.0.1:9131"
}
destination "tcp" "d132" {
  address = "127.0.0.1:9132"
}
destination "tcp" "d133" {
  address = "127.0.0.1:9133"
}
destination "tcp" "d134" {
  address = "127.0.0.1:9134"
}
destination "tcp" "d135" {
  address = "127.0.0.1:9135"
}
destination "tcp" "d136" {
  address = "127.0.0.1:9136"
}
destination "tcp" "d137" {
  address = "127.0.0.1:9137"
}
destination "tcp" "d138" {
  address = "127.0.0.1:9138"
}
destination "tcp" "d139" {
  address = "127.0.0.1:9139"
}
destination "tcp" "d140" {
  address = "127.0.0.1:9140"
}
destination "tcp" "d141" {
  address = "127.0.0.1:9141"
}
destination "tcp" "d142" {
  address = "127.0.0.1:9142"
}
destination "tcp" "d143" {
  address = "127.0.0.1:9143"
}
destination "tcp" "d144" {
  address = "127.0.0.1:9144"
}
destination "tcp" "d145" {
  address = "127.0.0.1:9145"
}
destination "tcp" "d146" {
  address = "127.0.0.1:9146"
}
destination "tcp" "d147" {
  address = "127.0.0.1:9147"
}
destination "tcp" "d148" {
  address = "127.0.0.1:9148"
}
destination "tcp" "d149" {
  address = "127.0.0.1:9149"
}
destination "tcp" "d150" {
  address = "127.0.0.1:9150"
}
destination "tcp" "d151" {
  address = "127.0.0.1:9151"
}
destination "tcp" "d152" {
  address = "127.0.0.1:9152"
}
destination "tcp" "d153" {
  address = "127.0.0.1:9153"
}
destination "tcp" "d154" {
  address = "127.0.0.1:9154"
}
destination "tcp" "d155" {
  address = "127.0.0.1:9155"
}
destination "tcp" "d156" {
  address = "127.0.0.1:9156"
}
destination "tcp" "d157" {
  address = "127.0.0.1:9157"
}
destination "tcp" "d158" {
  address = "127.0.0.1:9158"
}
destination "tcp" "d159" {
  address = "127.0.0.1:9159"
}
destination "tcp" "d160" {
  address = "127.0.0.1:9160"
}
destination "tcp" "d161" {
  address = "127.0.0.1:9161"
}
destination "tcp" "d162" {
  address = "127.0.0.1:9162"
}
destination "tcp" "d163" {
  address = "127.0.0.1:9163"
}
destination "tcp" "d164" {
  address = "127.0.0.1:9164"
}
destination "tcp" "d165" {
  address = "127.0.0.1:9165"
}
destination "tcp" "d166" {
  address = "127.0.0.1:9166"
}
destination "tcp" "d167" {
  address = "127.0.0.1:9167"
}
destination "tcp" "d168" {
  address = "127.0.0.1:9168"
}
destination "tcp" "d169" {
  address = "127.0.0.1:9169"
}
destination "tcp" "d170" {
  address = "127.0.0.1:9170"
}
destination "tcp" "d171" {
  address = "127.0.0.1:9171"
}
destination "tcp" "d172" {
  address = "127.0.0.1:9172"
}
destination "tcp" "d173" {
  address = "127.0.0.1:9173"
}
destination "tcp" "d174" {
  address = "127.0.0.1:9174"
}
destination "tcp" "d175" {
  address = "127.0.0.1:9175"
}
destination "tcp" "d176" {
  address = "127.0.0.1:9176"
}
destination "tcp" "d177" {
  address = "127.0.0.1:9177"
}
destination "tcp" "d178" {
  address = "127.0.0.1:9178"
}
destination "tcp" "d179" {
  address = "127.0.0.1:9179"
}
destination "tcp" "d180" {
  address = "127.0.0.1:9180"
}
destination "tcp" "d181" {
  address = "127.0.0.1:9181"
}
destination "tcp" "d182" {
  address = "127.0.0.1:9182"
}
destination "tcp" "d183" {
  address = "127.0.0.1:9183"
}
destination "tcp" "d184" {
  address = "127.0.0.1:9184"
}
destination "tcp" "d185" {
  address = "127.0.0.1:9185"
}
destination "tcp" "d186" {
  address = "127.0.0.1:9186"
}
destination "tcp" "d187" {
  address = "127.0.0.1:9187"
}
destination "tcp" "d188" {
  address = "127.0.0.1:9188"
}
destination "tcp" "d189" {
  address = "127.0.0.1:9189"
}
destination "tcp" "d190" {
  address = "127.0.0.1:9190"
}
destination "tcp" "d191" {
  address = "127.0.0.1:9191"
}
destination "tcp" "d192" {
  address = "127.0.0.1:9192"
}
destination "tcp" "d193" {
  address = "127.0.0.1:9193"
}
destination "tcp" "d194" {
  address = "127.0.0.1:9194"
}
destination "tcp" "d195" {
  address = "127.0.0.1:9195"
}
destination "tcp" "d196" {
  address = "127.0.0.1:9196"
}
destination "tcp" "d197" {
  address = "127.0.0.1:9197"
}
destination "tcp" "d198" {
  address = "127.0.0.1:9198"
}
destination "tcp" "d199" {
  address = "127.0.0.1:9199"
}
destination "tcp" "d200" {
  address = "127.0.0.1:9200"
}
destination "tcp" "d201" {
  address = "127.0.0.1:9201"
}
destination "tcp" "d202" {
  address = "127.0.0.1:9202"
}
destination "tcp" "d203" {
  address = "127.0.0.1:9203"
}
destination "tcp" "d204" {
  address = "127.0.0.1:9204"
}
destination "tcp" "d205" {
  address = "127.0.0.1:9205"
}
destination "tcp" "d206" {
  address = "127.0.0.1:9206"
}
destination "tcp" "d207" {
  address = "127.0.0.1:9207"
}
destination "tcp" "d208" {
  address = "127.0.0.1:9208"
}
destination "tcp" "d209" {
  address = "127.0.0.1:9209"
}
destination "tcp" "d210" {
  address = "127.0.0.1:9210"
}
destination "tcp" "d211" {
  address = "127.0.0.1:9211"
}
destination "tcp" "d212" {
  address = "127.0.0.1:9212"
}
destination "tcp" "d213" {
  address = "127.0.0.1:9213"
}
destination "tcp" "d214" {
  address = "127.0.0.1:9214"
}
destination "tcp" "d215" {
  address = "127.0.0.1:9215"
}
destination "tcp" "d216" {
  address = "127.0.0.1:9216"
}
destination "tcp" "d217" {
  address = "127.0.0.1:9217"
}
destination "tcp" "d218" {
  address = "127.0.0.1:9218"
}
destination "tcp" "d219" {
  address = "127.0.0.1:9219"
}
destination "tcp" "d220" {
  address = "127.0.0.1:9220"
}
destination "tcp" "d221" {
  address = "127.0.0.1:9221"
}
destination "tcp" "d222" {
  address = "127.0.0.1:9222"
}
destination "tcp" "d223" {
  address = "127.0.0.1:9223"
}
destination "tcp" "d224" {
  address = "127.0.0.1:9224"
}
destination "tcp" "d225" {
  address = "127.0.0.1:9225"
}
destination "tcp" "d226" {
  address = "127.0.0.1:9226"
}
destination "tcp" "d227" {
  address = "127.0.0.1:9227"
}
destination "tcp" "d228" {
  address = "127.0.0.1:9228"
}
destination "tcp" "d229" {
  address = "127.0.0.1:9229"
}
destination "tcp" "d230" {
  address = "127.0.0.1:9230"
}
destination "tcp" "d231" {
  address = "127.0.0.1:9231"
}
destination "tcp" "d232" {
  address = "127.0.0.1:9232"
}
destination "tcp" "d233" {
  address = "127.0.0.1:9233"
}
destination "tcp" "d234" {
  address = "127.0.0.1:9234"
}
destination "tcp" "d235" {
  address = "127.0.0.1:9235"
}
destination "tcp" "d236" {
  address = "127.0.0.1:9236"
}
destination "tcp" "d237" {
  address = "127.0.0.1:9237"
}
destination "tcp" "d238" {
  address = "127.0.0.1:9238"
}
destination "tcp" "d239" {
  address = "127.0.0.1:9239"
}
destination "tcp" "d240" {
  address = "127.0.0.1:9240"
}
destination "tcp" "d241" {
  address = "127.0.0.1:9241"
}
destination "tcp" "d242" {
  address = "127.0.0.1:9242"
}
destination "tcp" "d243" {
  address = "127.0.0.1:9243"
}
destination "tcp" "d244" {
  address = "127.0.0.1:9244"
}
destination "tcp" "d245" {
  address = "127.0.0.1:9245"
}
destination "tcp" "d246" {
  address = "127.0.0.1:9246"
}
destination "tcp" "d247" {
  address = "127.0.0.1:9247"
}
destination "tcp" "d248" {
  address = "127.0.0.1:9248"
}
destination "tcp" "d249" {
  address = "127.0.0.1:9249"
}
destination "tcp" "d250" {
  address = "127.0.0.1:9250"
}
destination "tcp" "d251" {
  address = "127.0.0.1:9251"
}
destination "tcp" "d252" {
  address = "127.0.0.1:9252"
}
destination "tcp" "d253" {
  address = "127.0.0.1:9253"
}
destination "tcp" "d254" {
  address = "127.0.0.1:9254"
}
destination "tcp" "d255" {
  address = "127.0.0.1:9255"
}
destination "tcp" "d256" {
  address = "127.0.0.1:9256"
}
pipeline "main" { # ERROR: pipeline.main leads to 257 destinations and pipelines; it may lead to 256.
  from = [source.tcp.app]
  route "all" {
    to = [destination.tcp.d0, destination.tcp.d1, destination.tcp.d2, destination.tcp.d3, destination.tcp.d4, destination.tcp.d5, destination.tcp.d6, destination.tcp.d7, destination.tcp.d8, destination.tcp.d9, destination.tcp.d10, destination.tcp.d11, destination.tcp.d12, destination.tcp.d13, destination.tcp.d14, destination.tcp.d15, destination.tcp.d16, destination.tcp.d17, destination.tcp.d18, destination.tcp.d19, destination.tcp.d20, destination.tcp.d21, destination.tcp.d22, destination.tcp.d23, destination.tcp.d24, destination.tcp.d25, destination.tcp.d26, destination.tcp.d27, destination.tcp.d28, destination.tcp.d29, destination.tcp.d30, destination.tcp.d31, destination.tcp.d32, destination.tcp.d33, destination.tcp.d34, destination.tcp.d35, destination.tcp.d36, destination.tcp.d37, destination.tcp.d38, destination.tcp.d39, destination.tcp.d40, destination.tcp.d41, destination.tcp.d42, destination.tcp.d43, destination.tcp.d44, destination.tcp.d45, destination.tcp.d46, destination.tcp.d47, destination.tcp.d48, destination.tcp.d49, destination.tcp.d50, destination.tcp.d51, destination.tcp.d52, destination.tcp.d53, destination.tcp.d54, destination.tcp.d55, destination.tcp.d56, destination.tcp.d57, destination.tcp.d58, destination.tcp.d59, destination.tcp.d60, destination.tcp.d61, destination.tcp.d62, destination.tcp.d63, destination.tcp.d64, destination.tcp.d65, destination.tcp.d66, destination.tcp.d67, destination.tcp.d68, destination.tcp.d69, destination.tcp.d70, destination.tcp.d71, destination.tcp.d72, destination.tcp.d73, destination.tcp.d74, destination.tcp.d75, destination.tcp.d76, destination.tcp.d77, destination.tcp.d78, destination.tcp.d79, destination.tcp.d80, destination.tcp.d81, destination.tcp.d82, destination.tcp.d83, destination.tcp.d84, destination.tcp.d85, destination.tcp.d86, destination.tcp.d87, destination.tcp.d88, destination.tcp.d89, destination.tcp.d90, destination.tcp.d91, destination.tcp.d92, destination.tcp.d93, destination.tcp.d94, destination.tcp.d95, destination.tcp.d96, destination.tcp.d97, destination.tcp.d98, destination.tcp.d99, destination.tcp.d100, destination.tcp.d101, destination.tcp.d102, destination.tcp.d103, destination.tcp.d104, destination.tcp.d105, destination.tcp.d106, destination.tcp.d107, destination.tcp.d108, destination.tcp.d109, destination.tcp.d110, destination.tcp.d111, destination.tcp.d112, destination.tcp.d113, destination.tcp.d114, destination.tcp.d115, destination.tcp.d116, destination.tcp.d117, destination.tcp.d118, destination.tcp.d119, destination.tcp.d120, destination.tcp.d121, destination.tcp.d122, destination.tcp.d123, destination.tcp.d124, destination.tcp.d125, destination.tcp.d126, destination.tcp.d127, destination.tcp.d128, destination.tcp.d129, destination.tcp.d130, destination.tcp.d131, destination.tcp.d132, destination.tcp.d133, destination.tcp.d134, destination.tcp.d135, destination.tcp.d136, destination.tcp.d137, destination.tcp.d138, destination.tcp.d139, destination.tcp.d140, destination.tcp.d141, destination.tcp.d142, destination.tcp.d143, destination.tcp.d144, destination.tcp.d145, destination.tcp.d146, destination.tcp.d147, destination.tcp.d148, destination.tcp.d149, destination.tcp.d150, destination.tcp.d151, destination.tcp.d152, destination.tcp.d153, destination.tcp.d154, destination.tcp.d155, destination.tcp.d156, destination.tcp.d157, destination.tcp.d158, destination.tcp.d159, destination.tcp.d160, destination.tcp.d161, destination.tcp.d162, destination.tcp.d163, destination.tcp.d164, destination.tcp.d165, destination.tcp.d166, destination.tcp.d167, destination.tcp.d168, destination.tcp.d169, destination.tcp.d170, destination.tcp.d171, destination.tcp.d172, destination.tcp.d173, destination.tcp.d174, destination.tcp.d175, destination.tcp.d176, destination.tcp.d177, destination.tcp.d178, destination.tcp.d179, destination.tcp.d180, destination.tcp.d181, destination.tcp.d182, destination.tcp.d183, destination.tcp.d184, destination.tcp.d185, destination.tcp.d186, destination.tcp.d187, destination.tcp.d188, destination.tcp.d189, destination.tcp.d190, destination.tcp.d191, destination.tcp.d192, destination.tcp.d193, destination.tcp.d194, destination.tcp.d195, destination.tcp.d196, destination.tcp.d197, destination.tcp.d198, destination.tcp.d199, destination.tcp.d200, destination.tcp.d201, destination.tcp.d202, destination.tcp.d203, destination.tcp.d204, destination.tcp.d205, destination.tcp.d206, destination.tcp.d207, destination.tcp.d208, destination.tcp.d209, destination.tcp.d210, destination.tcp.d211, destination.tcp.d212, destination.tcp.d213, destination.tcp.d214, destination.tcp.d215, destination.tcp.d216, destination.tcp.d217, destination.tcp.d218, destination.tcp.d219, destination.tcp.d220, destination.tcp.d221, destination.tcp.d222, destination.tcp.d223, destination.tcp.d224, destination.tcp.d225, destination.tcp.d226, destination.tcp.d227, destination.tcp.d228, destination.tcp.d229, destination.tcp.d230, destination.tcp.d231, destination.tcp.d232, destination.tcp.d233, destination.tcp.d234, destination.tcp.d235, destination.tcp.d236, destination.tcp.d237, destination.tcp.d238, destination.tcp.d239, destination.tcp.d240, destination.tcp.d241, destination.tcp.d242, destination.tcp.d243, destination.tcp.d244, destination.tcp.d245, destination.tcp.d246, destination.tcp.d247, destination.tcp.d248, destination.tcp.d249, destination.tcp.d250, destination.tcp.d251, destination.tcp.d252, destination.tcp.d253, destination.tcp.d254, destination.tcp.d255]
  }
  route "one" {
    when = record.a == 1
    to   = [destination.tcp.d255, destination.tcp.d256]
  }
}
