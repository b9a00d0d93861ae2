package admin

import "time"

// States of a record at a destination.
const (
	AtDelivered    = "delivered"
	AtDropped      = "dropped"
	AtSettled      = "delivered_or_dropped" // which of them is not remembered
	AtWaiting      = "waiting"
	AtParked       = "parked" // waiting, and the destination is not configured
	AtDeadLettered = "dead_lettered"
	AtNotRouted    = "not_routed"
	AtUnknown      = "unknown" // the spool knows the destination no more
)

// Found is a record, and where it is at each destination.
type Found struct {
	ID uint64 `json:"id,string"`
	// Position in the spool; 0: only its dead letters are left.
	Position uint64    `json:"position,omitzero"`
	Received time.Time `json:"received"`
	Source   string    `json:"source"`
	Peer     string    `json:"peer,omitempty"`
	// Data is the record; DataBase64 has it instead when it is not UTF-8.
	Data         *string   `json:"data,omitempty"`
	DataBase64   []byte    `json:"data_base64,omitempty"`
	Destinations []FoundAt `json:"destinations"`
}

// FoundAt is a record at one destination.
type FoundAt struct {
	Destination string `json:"destination"`
	State       string `json:"state"`
	Reason      string `json:"reason,omitempty"`
	// Time of a drop or of a dead letter.
	Time time.Time `json:"time,omitzero"`
	// Ahead of it are records that are waiting too, and their bytes.
	AheadRecords int64 `json:"ahead_records,omitempty"`
	AheadBytes   int64 `json:"ahead_bytes,omitempty"`
}
