package prediction

// heap is a queue whose first is before all others.
type heap[T interface{ Before(T) bool }] struct{ all []T }

func (h *heap[T]) push(x T) {
	h.all = append(h.all, x)
	for i := len(h.all) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.all[i].Before(h.all[up]) {
			return
		}
		h.all[i], h.all[up] = h.all[up], h.all[i]
		i = up
	}
}

func (h *heap[T]) pop() T {
	first, last := h.all[0], len(h.all)-1
	h.all[0] = h.all[last]
	h.all = h.all[:last]
	h.down(0)
	return first
}

// down moves an element to where it belongs below.
func (h *heap[T]) down(i int) {
	for {
		least := i
		for _, at := range [...]int{2*i + 1, 2*i + 2} {
			if at < len(h.all) && h.all[at].Before(h.all[least]) {
				least = at
			}
		}
		if least == i {
			return
		}
		h.all[i], h.all[least] = h.all[least], h.all[i]
		i = least
	}
}
