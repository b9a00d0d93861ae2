package sdk

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestDescribe(t *testing.T) {
	p := Plugin{
		Name: "acme", Version: "1.2.3-rc.1+x", Description: "Acme.", BuildID: "b1",
		Destination: NewDestination(plainOptions{}, func(plainOptions) Destination { return nil }, Traits{
			Ordered: true, Resume: true, StableBatches: true, Durability: Fsync, WantsStdout: true, MaxBatchBytes: 1 << 20,
			MaxRecords: 1000, MaxAge: 1500 * time.Microsecond, MaxBytes: 4096, MaxInFlight: 8,
		}),
		Source: NewSource(plainOptions{Size: 3}, func(plainOptions) Source { return nil }),
	}
	attribute := func(def string) *pluginv1.Body {
		return &pluginv1.Body{Attributes: []*pluginv1.Attribute{{
			Name: "size", Type: pluginv1.Type_TYPE_BYTES, DefaultJson: def, Phase: pluginv1.Phase_PHASE_CONFIG,
		}}}
	}
	want := &pluginv1.DescribeResponse{
		Name: "acme", Version: "1.2.3-rc.1+x", Description: "Acme.", BuildId: "b1",
		Destination: &pluginv1.DestinationDescription{
			Schema: attribute(""),
			Capabilities: &pluginv1.Capabilities{
				Ordered: true, Resume: true, StableBatches: true, Durability: pluginv1.Durability_DURABILITY_FSYNC,
				WantsStdout: true, MaxBatchBytes: 1 << 20,
			},
			BatchDefaults: &pluginv1.BatchDefaults{MaxRecords: 1000, MaxAgeMs: 2, MaxBytes: 4096, MaxInFlight: 8},
		},
		Source: &pluginv1.SourceDescription{Schema: attribute("3")},
	}
	if diff := cmp.Diff(want, p.Describe(), protocmp.Transform()); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	answer, err := pluginv1.NewPluginServiceClient(newRig(t, p).conn).Describe(testContext(t), &pluginv1.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, answer, protocmp.Transform()); diff != "" {
		t.Errorf("description over the wire (-want +got):\n%s", diff)
	}
}

func TestExclusiveIsSaidOnlyWhenItIsSet(t *testing.T) {
	for _, test := range []struct {
		traits Traits
		want   *bool
	}{
		{Traits{}, nil},
		{Traits{Ordered: true, Resume: true}, nil}, // implied
		{Traits{Exclusive: true}, new(true)},
	} {
		got := pluginOf(&fake{}, test.traits).Describe().GetDestination().GetCapabilities()
		if diff := cmp.Diff(test.want, got.Exclusive); diff != "" {
			t.Errorf("exclusive of %+v (-want +got):\n%s", test.traits, diff)
		}
	}
}

func TestMistakesInAPluginPanic(t *testing.T) {
	with := func(t Traits) Plugin { return pluginOf(&fake{}, t) }
	named := func(name, version string) Plugin {
		p := with(Traits{})
		p.Name, p.Version = name, version
		return p
	}
	for _, test := range []struct {
		name   string
		plugin Plugin
		want   string
	}{
		{"name", named("1st", "1.0.0"), `name "1st"`},
		{"no name", named("", "1.0.0"), `name ""`},
		{"version", named("acme", "1.0"), `version "1.0"`},
		{"nothing", Plugin{Name: "acme", Version: "1.0.0"}, "neither"},
		{"resume without order", with(Traits{Resume: true}), "Resume needs Ordered"},
		{"order with concurrency", with(Traits{Ordered: true, Concurrency: 2}), "contradicts"},
		{"durability", with(Traits{Durability: Remote + 1}), "Durability"},
		{"negative", with(Traits{MaxRecords: -1}), "negative"},
		{"batches too large", with(Traits{MaxBatchBytes: proto.MaxBatchBytes + 1}), "at most"},
		{"default too large", with(Traits{MaxBytes: proto.MaxBatchBytes + 1}), "at most"},
		{"window too large", with(Traits{MaxInFlight: maxWindow + 1}), "at most"},
		{"age too large", with(Traits{MaxAge: 1000 * 24 * time.Hour}), "too large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := panicOf(func() { test.plugin.Describe() })
			if !strings.HasPrefix(got, "sdk: ") || !strings.Contains(got, test.want) {
				t.Errorf("panic = %q, want one with %q", got, test.want)
			}
		})
	}
}
