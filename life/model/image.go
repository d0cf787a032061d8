package model

import "strings"

// Reasons for which an image cannot be pulled, as Cause tells them.
const (
	PullName         = "name"         // the reference is invalid
	PullMissing      = "missing"      // no such repository or tag
	PullRights       = "rights"       // the registry wants credentials, or others
	PullNetwork      = "network"      // the registry was not reached
	PullArchitecture = "architecture" // no image for the node's processor
	PullNever        = "never"        // the policy is Never, and the node has no such image
	PullUnknown      = ""
)

// notPulled are the reasons for which a container waits whose image cannot be pulled (pkg/kubelet/images/types.go).
var notPulled = map[string]bool{"ErrImagePull": true, "ImagePullBackOff": true, "InvalidImageName": true, "ErrImageNeverPull": true, "ImageInspectError": true,
	"RegistryUnavailable": true, "SignatureValidationFailed": true}

// pullWords tell the reason by the words of container runtimes and registries. What comes first decides: Docker Hub answers
// that a repository does not exist or needs a login, and neither is certain.
var pullWords = []struct {
	cause string
	words []string
}{
	{PullArchitecture, []string{"no match for platform", "no matching manifest", "exec format error"}},
	{PullNetwork, []string{"no such host", "i/o timeout", "connection refused", "connection reset", "TLS handshake", "x509", "server misbehaving", "network is unreachable", "no route to host",
		"context deadline exceeded", "Client.Timeout", "EOF", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway", "toomanyrequests", "429 Too Many"}},
	{PullRights, []string{"insufficient_scope", "authorization failed", "unauthorized", "403 Forbidden", "401 Unauthorized", "no basic auth credentials", "access denied", "denied:", "failed to fetch anonymous token"}},
	{PullMissing, []string{"not found", "manifest unknown", "name unknown", "does not exist"}},
	{PullName, []string{"invalid reference format", "couldn't parse image", "Failed to apply default image tag"}},
}

// PullCause is why an image cannot be pulled, by the reason for which its container waits and the message of that.
func PullCause(reason, message string) string {
	switch reason {
	case "InvalidImageName":
		return PullName
	case "ErrImageNeverPull":
		return PullNever
	case "RegistryUnavailable":
		return PullNetwork
	}
	for _, one := range pullWords {
		for _, word := range one.words {
			if strings.Contains(message, word) {
				return one.cause
			}
		}
	}
	return PullUnknown
}
