package proto

//go:generate go -C tools tool buf generate ../.. --template ../buf.gen.yaml --output ../..
