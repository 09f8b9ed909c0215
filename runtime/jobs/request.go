package jobs

// Request is a [Submission] as Ray's REST API has it.
type Request struct {
	Entrypoint string             `json:"entrypoint"`
	ID         string             `json:"submission_id,omitempty"`
	RuntimeEnv map[string]any     `json:"runtime_env,omitempty"`
	Metadata   map[string]string  `json:"metadata,omitempty"`
	NumCPUs    *float64           `json:"entrypoint_num_cpus,omitempty"`
	NumGPUs    *float64           `json:"entrypoint_num_gpus,omitempty"`
	Memory     *int64             `json:"entrypoint_memory,omitempty"`
	Resources  map[string]float64 `json:"entrypoint_resources,omitempty"`
}

// Submission is the request as Go programs write it.
func (q Request) Submission() Submission {
	s := Submission{Entrypoint: q.Entrypoint, ID: q.ID, RuntimeEnv: q.RuntimeEnv, Metadata: q.Metadata, Resources: q.Resources}
	s.WorkingDir, _ = q.RuntimeEnv["working_dir"].(string)
	if q.NumCPUs != nil {
		s.NumCPUs = *q.NumCPUs
	}
	if q.NumGPUs != nil {
		s.NumGPUs = *q.NumGPUs
	}
	if q.Memory != nil {
		s.Memory = *q.Memory
	}
	return s
}

// RequestOf is a submission as the REST API wants it; its working directory must be a package.
func RequestOf(s Submission) Request {
	q := Request{Entrypoint: s.Entrypoint, ID: s.ID, Metadata: s.Metadata, Resources: s.Resources, RuntimeEnv: map[string]any{}}
	for key, v := range s.RuntimeEnv {
		q.RuntimeEnv[key] = v
	}
	if s.WorkingDir != "" {
		q.RuntimeEnv["working_dir"] = s.WorkingDir
	}
	if s.NumCPUs != 0 {
		q.NumCPUs = &s.NumCPUs
	}
	if s.NumGPUs != 0 {
		q.NumGPUs = &s.NumGPUs
	}
	if s.Memory != 0 {
		q.Memory = &s.Memory
	}
	return q
}
