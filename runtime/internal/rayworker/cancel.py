def cancel(refs, force=False, recursive=False):
    """ray.cancel for each, on the thread that takes the answers of workers, where callbacks of futures run.
    On another it can come between two steps of taking the answer of a task, and Ray 2.60 then aborts the
    process: "Tried to complete task that was not pending"."""
    import threading
    import ray
    caller, problems, done = threading.get_ident(), [], threading.Event()

    def run(_):
        if threading.get_ident() == caller:  # the future was done before it was given the callback
            schedule()
            return
        for ref in refs:
            try:
                ray.cancel(ref, force=force, recursive=recursive)
            except Exception as e:
                problems.append(e)
        done.set()

    def schedule():
        ray.put(None).future().add_done_callback(run)

    schedule()
    if not done.wait(30):
        raise TimeoutError("Ray did not come to it within 30 s; is the cluster still there?")
    if problems:
        raise problems[0]
