package protobuf

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
	corev1 "k8s.io/api/core/v1"
)

// Numbers of the fields of a pod's status that are looked into.
const (
	statusContainers, statusInit  = 8, 10
	containerState, containerLast = 2, 3
	stateWaiting, stateTerminated = 1, 3
	terminatedExit                = 1
)

// Happened says whether the status of a pod may tell that something happened to it: it failed, it does not run yet, or a container
// waits or has ended with an error. It decodes nothing.
func Happened(pod []byte) bool {
	happened := false
	_ = fields(pod, func(number protowire.Number, _ protowire.Type, status, _ []byte) error {
		if number != podStatus {
			return nil
		}
		succeeded := false
		return fields(status, func(number protowire.Number, _ protowire.Type, value, _ []byte) error {
			switch number {
			case statusPhase:
				succeeded = bytes.Equal(value, []byte(corev1.PodSucceeded))
				happened = bytes.Equal(value, []byte(corev1.PodFailed)) || bytes.Equal(value, []byte(corev1.PodPending))
			case statusContainers:
				happened = happened || !succeeded && unwell(value)
			}
			return nil
		})
	})
	return happened
}

// unwell says whether a container waits, or has ended with an error, now or the last time.
func unwell(container []byte) (is bool) {
	_ = fields(container, func(number protowire.Number, _ protowire.Type, state, _ []byte) error {
		if number != containerState && number != containerLast {
			return nil
		}
		return fields(state, func(number protowire.Number, _ protowire.Type, value, _ []byte) error {
			switch number {
			case stateWaiting:
				is = true
			case stateTerminated:
				is = is || failed(value)
			}
			return nil
		})
	})
	return is
}

// failed says whether a container ended with an exit code other than 0.
func failed(terminated []byte) (is bool) {
	_ = fields(terminated, func(number protowire.Number, kind protowire.Type, value, _ []byte) error {
		if number == terminatedExit && kind == protowire.VarintType {
			code, _ := protowire.ConsumeVarint(value)
			is = code != 0
		}
		return nil
	})
	return is
}

// Status decodes a pod's metadata and status, and nothing of its spec.
func Status(item []byte, into *corev1.Pod) error {
	slim := make([]byte, 0, len(item)/2)
	err := fields(item, func(number protowire.Number, _ protowire.Type, _, whole []byte) error {
		if number != podSpec {
			slim = append(slim, whole...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return Decode(slim, into)
}
