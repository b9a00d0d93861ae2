package sdk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

type level string

type allOptions struct {
	Endpoint URL               `sk:"endpoint,required" doc:"Where to." example:"\"https://example.com\""`
	Token    Secret            `sk:"token" doc:"A secret."`
	Password string            `sk:"password,sensitive"`
	Subject  string            `sk:"subject,record" doc:"Per record."`
	Timeout  time.Duration     `sk:"timeout" min:"1s" max:"1d"`
	Limit    Bytes             `sk:"limit" min:"1KiB" max:"1.5MiB"`
	Key      Path              `sk:"key"`
	Level    level             `sk:"level" oneof:"low|<high>"`
	Port     uint16            `sk:"port"`
	Small    int8              `sk:"small" min:"-5"`
	Count    int               `sk:"count" max:"9"`
	Room     uint64            `sk:"room"`
	Ratio    float64           `sk:"ratio" oneof:"0.5|2"`
	Fast     bool              `sk:"fast"`
	Name     string            `sk:"name" pattern:"[a-z]+" deprecated:"use title"`
	Hosts    []string          `sk:"hosts"`
	Delays   []time.Duration   `sk:"delays"`
	Headers  map[string]Secret `sk:"headers"`
	Labels   map[string]string `sk:"labels"`
	Extra    map[string]any    `sk:"extra"`
	TLS      *tlsOptions       `sk:"tls,block,required" doc:"Certificates."`
	Batch    plainOptions      `sk:"body,block"`
	Routes   []plainOptions    `sk:"route,block"`
	Ignored  chan int
}

type tlsOptions struct {
	Cert Path `sk:"cert_file"`
	Key  Path `sk:"key_file"`
}

func (tlsOptions) Rules() []Rule { return []Rule{RequiredTogether("cert_file", "key_file")} }

type plainOptions struct {
	Size Bytes `sk:"size"`
}

func (*allOptions) Rules() []Rule {
	return []Rule{ExactlyOneOf("hosts", "tls"), Conflicts("name", "level", "route")}
}

func allDefaults() allOptions {
	return allOptions{
		Timeout: 10 * time.Second, Limit: 64 << 10, Key: "/etc/a&b", Level: "<high>", Ratio: 0.5, Count: 3,
		Delays: []time.Duration{time.Second}, Labels: map[string]string{"a": "b"},
		TLS: &tlsOptions{Cert: "/c"}, Batch: plainOptions{Size: 5}, Routes: []plainOptions{{Size: 7}},
	}
}

func TestSchemaOfEveryTag(t *testing.T) {
	const want = `{
	  "attributes": [
	    {"name":"endpoint","type":"TYPE_URL","required":true,"description":"Where to.","example":"\"https://example.com\"","phase":"PHASE_CONFIG"},
	    {"name":"token","type":"TYPE_STRING","description":"A secret.","sensitive":true,"phase":"PHASE_CONFIG"},
	    {"name":"password","type":"TYPE_STRING","sensitive":true,"phase":"PHASE_CONFIG"},
	    {"name":"subject","type":"TYPE_STRING","description":"Per record.","phase":"PHASE_RECORD"},
	    {"name":"timeout","type":"TYPE_DURATION","defaultJson":"10000000000","constraints":{"min":1e9,"max":86400e9},"phase":"PHASE_CONFIG"},
	    {"name":"limit","type":"TYPE_BYTES","defaultJson":"65536","constraints":{"min":1024,"max":1572864},"phase":"PHASE_CONFIG"},
	    {"name":"key","type":"TYPE_PATH","defaultJson":"\"/etc/a&b\"","phase":"PHASE_CONFIG"},
	    {"name":"level","type":"TYPE_STRING","defaultJson":"\"<high>\"","constraints":{"oneOf":["\"low\"","\"<high>\""]},"phase":"PHASE_CONFIG"},
	    {"name":"port","type":"TYPE_NUMBER","constraints":{"min":0,"max":65535},"phase":"PHASE_CONFIG"},
	    {"name":"small","type":"TYPE_NUMBER","constraints":{"min":-5,"max":127},"phase":"PHASE_CONFIG"},
	    {"name":"count","type":"TYPE_NUMBER","defaultJson":"3","constraints":{"max":9},"phase":"PHASE_CONFIG"},
	    {"name":"room","type":"TYPE_NUMBER","constraints":{"min":0},"phase":"PHASE_CONFIG"},
	    {"name":"ratio","type":"TYPE_NUMBER","defaultJson":"0.5","constraints":{"oneOf":["0.5","2"]},"phase":"PHASE_CONFIG"},
	    {"name":"fast","type":"TYPE_BOOL","defaultJson":"false","phase":"PHASE_CONFIG"},
	    {"name":"name","type":"TYPE_STRING","deprecated":"use title","constraints":{"pattern":"[a-z]+"},"phase":"PHASE_CONFIG"},
	    {"name":"hosts","type":"TYPE_LIST","elementType":"TYPE_STRING","phase":"PHASE_CONFIG"},
	    {"name":"delays","type":"TYPE_LIST","elementType":"TYPE_DURATION","defaultJson":"[1000000000]","phase":"PHASE_CONFIG"},
	    {"name":"headers","type":"TYPE_MAP","elementType":"TYPE_STRING","sensitive":true,"phase":"PHASE_CONFIG"},
	    {"name":"labels","type":"TYPE_MAP","elementType":"TYPE_STRING","defaultJson":"{\"a\":\"b\"}","phase":"PHASE_CONFIG"},
	    {"name":"extra","type":"TYPE_OBJECT","phase":"PHASE_CONFIG"}
	  ],
	  "blocks": [
	    {"name":"tls","min":1,"max":1,"body":{
	      "description":"Certificates.",
	      "attributes":[
	        {"name":"cert_file","type":"TYPE_PATH","defaultJson":"\"/c\"","phase":"PHASE_CONFIG"},
	        {"name":"key_file","type":"TYPE_PATH","phase":"PHASE_CONFIG"}],
	      "rules":[{"kind":"KIND_REQUIRED_TOGETHER","names":["cert_file","key_file"]}]}},
	    {"name":"body","max":1,"body":{"attributes":[{"name":"size","type":"TYPE_BYTES","defaultJson":"5","phase":"PHASE_CONFIG"}]}},
	    {"name":"route","body":{"attributes":[{"name":"size","type":"TYPE_BYTES","defaultJson":"7","phase":"PHASE_CONFIG"}]}}
	  ],
	  "rules": [
	    {"kind":"KIND_EXACTLY_ONE_OF","names":["hosts","tls"]},
	    {"kind":"KIND_CONFLICTS","names":["name","level","route"]}
	  ]
	}`
	wanted := &pluginv1.Body{}
	if err := protojson.Unmarshal([]byte(want), wanted); err != nil {
		t.Fatal(err)
	}
	spec := NewDestination(allDefaults(), func(allOptions) Destination { return nil }, Traits{})
	if diff := cmp.Diff(wanted, spec.options.body().schema(""), protocmp.Transform()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

// panicOf returns what f panics with.
func panicOf(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}

type ruled struct {
	A string `sk:"a"`
}

func (ruled) Rules() []Rule { return []Rule{Conflicts("a", "b")} }

type lonely struct {
	A string `sk:"a"`
}

func (lonely) Rules() []Rule { return []Rule{Conflicts("a")} }

type recursive struct {
	More []recursive `sk:"more,block"`
}

type nestedRecord struct {
	Block struct {
		A string `sk:"a,record"`
	} `sk:"b,block"`
}

func specOf[O any](defaults O) func() {
	return func() { NewDestination(defaults, func(O) Destination { return nil }, Traits{}).options.body() }
}

func TestMistakesInOptionsPanic(t *testing.T) {
	for _, test := range []struct {
		name string
		make func()
		want string
	}{
		{"not a struct", specOf(3), "must be a struct"},
		{"pointer to a struct", specOf(&plainOptions{}), "must be a struct"},
		{"bad name", specOf(struct {
			A string `sk:"A"`
		}{}), `field A of struct`},
		{"unknown word", specOf(struct {
			A string `sk:"a,requierd"`
		}{}), `"requierd"`},
		{"word twice", specOf(struct {
			A string `sk:"a,required,required"`
		}{}), "twice"},
		{"name twice", specOf(struct {
			A string `sk:"a"`
			B string `sk:"a"`
		}{}), `"a" is used twice`},
		{"tag without a name", specOf(struct {
			A string `doc:"A."`
		}{}), "tag doc without the tag sk"},
		{"unexported", specOf(struct {
			a string `sk:"a"`
		}{}), "not exported"},
		{"type", specOf(struct {
			A chan int `sk:"a"`
		}{}), "chan int"},
		{"bytes", specOf(struct {
			A []byte `sk:"a"`
		}{}), "[]uint8"},
		{"list of lists", specOf(struct {
			A [][]string `sk:"a"`
		}{}), "[][]string"},
		{"map of lists", specOf(struct {
			A map[string][]string `sk:"a"`
		}{}), "map[string][]string"},
		{"map with other keys", specOf(struct {
			A map[int]string `sk:"a"`
		}{}), "map[int]string"},
		{"record number", specOf(struct {
			A int `sk:"a,record"`
		}{}), "every record"},
		{"record in a block", specOf(nestedRecord{}), "every record"},
		{"record of a source", func() {
			NewSource(struct {
				A string `sk:"a,record"`
			}{}, func(struct {
				A string `sk:"a,record"`
			},
			) Source {
				return nil
			}).options.body()
		}, "every record"},
		{"block that is none", specOf(struct {
			A string `sk:"a,block"`
		}{}), "a block is a struct"},
		{"sensitive block", specOf(struct {
			A plainOptions `sk:"a,block,sensitive"`
		}{}), "neither sensitive"},
		{"block with min", specOf(struct {
			A []plainOptions `sk:"a,block" min:"1"`
		}{}), "no tag min"},
		{"block in itself", specOf(recursive{}), "hold itself"},
		{"required with a default", specOf(struct {
			A string `sk:"a,required"`
		}{"x"}), "has a default"},
		{"secret default", specOf(struct {
			A Secret `sk:"a"`
		}{"x"}), "public"},
		{"min of a string", specOf(struct {
			A string `sk:"a" min:"1"`
		}{}), "tag min: only numbers"},
		{"min no duration", specOf(struct {
			A time.Duration `sk:"a" min:"10"`
		}{}), `"10" is not a duration`},
		{"max no size", specOf(struct {
			A Bytes `sk:"a" max:"10 apples"`
		}{}), `"10 apples" is not a size`},
		{"max no number", specOf(struct {
			A int `sk:"a" max:"NaN"`
		}{}), `"NaN" is not a number`},
		{"min above max", specOf(struct {
			A int `sk:"a" min:"2" max:"1"`
		}{}), "min is above max"},
		{"pattern of a number", specOf(struct {
			A int `sk:"a" pattern:"1"`
		}{}), "only strings"},
		{"bad pattern", specOf(struct {
			A string `sk:"a" pattern:"("`
		}{}), "missing closing"},
		{"oneof of a list", specOf(struct {
			A []string `sk:"a" oneof:"x|y"`
		}{}), "tag oneof"},
		{"default not in oneof", specOf(struct {
			A string `sk:"a" oneof:"x|y"`
		}{"z"}), "not in the tag oneof"},
		{"default below min", specOf(struct {
			A time.Duration `sk:"a" min:"1s"`
		}{1}), "not between"},
		{"default against pattern", specOf(struct {
			A string `sk:"a" pattern:"[a-z]"`
		}{"ab"}), "does not match"},
		{"rule about nothing", specOf(ruled{}), `no attribute or block "b"`},
		{"rule about one", specOf(lonely{}), "two or more"},
		{"the router's name", specOf(struct {
			A int `sk:"max_in_flight"`
		}{}), `"max_in_flight" of its own`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := panicOf(test.make); !strings.HasPrefix(got, "sdk: ") || !strings.Contains(got, test.want) {
				t.Errorf("panic = %q, want one with %q", got, test.want)
			}
		})
	}
}
