// Package admin is the interface by which commands see and change a running router: HTTP and JSON over a Unix socket.
//
// It knows no other part of the router. What the answers are made of comes through the interfaces of backend.go, which
// whoever runs the server implements; a Client implements the same ones on the other side of the socket. Whoever can
// open the socket may do everything, so its mode is the protection: see Listen.
package admin
