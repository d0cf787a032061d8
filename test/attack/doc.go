// Package attack sends the webhook what a tenant could send to hurt it, and looks at what it costs the server and others.
package attack
