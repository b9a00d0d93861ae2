package sdk

import (
	"context"
	"os"
	"sync"

	"google.golang.org/grpc"
)

// printsTo returns options that point os.Stdout and os.Stderr to f before the first call is served. The handshake
// library points them to pipes of its own when it begins to serve, whose content it sends as messages; what is printed
// just before the process ends would be lost there.
//
// The author's code runs in calls only, so it never sees the pipes, nor the change: every call waits for it.
func printsTo(f *os.File) []grpc.ServerOption {
	restore := sync.OnceFunc(func() { os.Stdout, os.Stderr = f, f })
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
			restore()
			return h(ctx, req)
		}),
		grpc.ChainStreamInterceptor(func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) error {
			restore()
			return h(srv, s)
		}),
	}
}
