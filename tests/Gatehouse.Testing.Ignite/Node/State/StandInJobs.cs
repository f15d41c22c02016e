using System.Collections.Concurrent;

namespace Gatehouse.Testing.Ignite.Node.State;

/// <summary>The jobs that were started. Whose they are is written down for tests; the node never asks.</summary>
public sealed class StandInJobs
{
    private readonly ConcurrentDictionary<Guid, StandInJob> _jobs = new();

    /// <summary>Those that there are.</summary>
    public IReadOnlyCollection<StandInJob> All => [.. _jobs.Values];

    /// <summary>By its id; null where there is none.</summary>
    public StandInJob? Find(Guid id) => _jobs.GetValueOrDefault(id);

    internal StandInJob Start(string className, string user)
    {
        var job = new StandInJob(Guid.NewGuid(), className, user);
        _jobs[job.Id] = job;
        return job;
    }
}

/// <summary>One job.</summary>
/// <param name="id">Its id.</param>
/// <param name="className">Its class.</param>
/// <param name="user">Who started it.</param>
public sealed class StandInJob(Guid id, string className, string user)
{
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id => id;

    public string ClassName => className;

    public string User => user;

    public int Priority { get; internal set; }

    public bool IsCancelled => _cancelled.Task.IsCompleted;

    /// <summary>True once it ran to its end.</summary>
    public bool IsCompleted { get; internal set; }

    /// <summary>Done when it was cancelled.</summary>
    public Task Cancelled => _cancelled.Task;

    internal bool Cancel() => !IsCompleted && _cancelled.TrySetResult();
}
