package pluginhost

import (
	"context"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// ValidateConfig starts the plugin, has it check the configuration in o for a role, and ends it. It returns what the
// plugin found; an error, which is a *StartError or ctx's, says that it could not be asked.
func ValidateConfig(ctx context.Context, o Options, role pluginv1.Role) ([]*pluginv1.Diagnostic, error) {
	return validate(ctx, o.withDefaults(), defaultTimings(), role)
}

func validate(ctx context.Context, o Options, t timings, role pluginv1.Role) ([]*pluginv1.Diagnostic, error) {
	in, err := launch(ctx, &o, t)
	if err != nil {
		return nil, startError(ctx, &o, err)
	}
	op := &opened{incarnation: in}
	defer func() { _ = in.end(t) }()
	if err := op.describe(ctx, &o, t, role); err != nil {
		return nil, startError(ctx, &o, err)
	}
	call, cancel := context.WithTimeout(ctx, t.validate)
	defer cancel()
	resp, err := pluginv1.NewPluginServiceClient(in.conn).Validate(call, &pluginv1.ValidateRequest{
		Role: role, ConfigJson: o.ConfigJSON, Address: o.Address,
	})
	if err != nil {
		return nil, startError(ctx, &o, op.callFailure("Validate", t.validate, t, err))
	}
	for _, d := range resp.GetDiagnostics() {
		d.Summary = in.log.message(d.GetSummary())
		d.Detail = in.log.message(d.GetDetail())
	}
	return resp.GetDiagnostics(), nil
}
