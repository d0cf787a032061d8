package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestFaultsOfRealSpark: what Spark 4.3.0, a kubelet and a scheduler left in the status of pods, one fault a folder. Where the status
// tells too little, only that the driver failed is known.
func TestFaultsOfRealSpark(t *testing.T) {
	for fault, want := range map[string][]Kind{
		"driver-killed-by-the-kernel": {OOMKilled}, "executor-killed-by-the-kernel": {OOMKilled}, "executor-heap": {HeapExhausted, Failed},
		"executor-unschedulable": {Unschedulable}, "image-missing": {ImagePull}, "image-name-invalid": {ImagePull}, "image-never-pulled": {ImagePull},
		"executor-option-invalid": {Failed}, "fails-before-the-context": {Failed}, "main-file-missing": {Failed}, "account-without-rights": {Failed},
		"quota-refuses-executors": nil,
	} {
		raw, err := os.ReadFile(filepath.Join("../../test/e2e/testdata/faults/4.3.0", fault, "pods.json"))
		if err != nil {
			t.Fatal(err)
		}
		var list corev1.PodList
		if err := json.Unmarshal(raw, &list); err != nil || len(list.Items) == 0 {
			t.Fatalf("%s: %d pods, %v", fault, len(list.Items), err)
		}
		record := NewRecord(time.Time{})
		for i := range list.Items {
			record.Add(&list.Items[i])
		}
		var kinds []Kind
		for o := range record.Owners {
			for _, h := range record.Of(o).Happenings {
				kinds = append(kinds, h.Kind)
			}
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("%s: %v, not %v", fault, kinds, want)
		}
	}
}
