using System.Collections.Immutable;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Configuration;

/// <summary>Reloads gatehouse.yaml when it changes or when asked (SIGHUP). A bad file never replaces a good configuration.</summary>
/// <param name="path">The file.</param>
/// <param name="first">The configuration in force.</param>
/// <param name="read">Reads and validates the file.</param>
/// <param name="apply">Puts a configuration in force; problems mean that nothing was changed.</param>
/// <param name="clock">The clock of the poll.</param>
/// <param name="logger">Where reloads and refusals are logged.</param>
internal sealed class ConfigurationWatcher(
    string path,
    NodeConfiguration first,
    Func<string, ConfigurationResult> read,
    Func<NodeConfiguration, CancellationToken, ValueTask<ImmutableArray<Problem>>> apply,
    TimeProvider clock,
    ILogger<ConfigurationWatcher> logger) : IAsyncDisposable
{
    /// <summary>The configuration in force.</summary>
    public NodeConfiguration Current { get; private set; } = first;

    /// <summary>What was wrong with the newest file; empty when it is in force.</summary>
    public ImmutableArray<Problem> LastProblems { get; private set; } = [];

    /// <summary>Starts to watch the file.</summary>
    public void Start() => throw new NotSupportedException(path + read.Method + apply.Method + clock.TimestampFrequency + logger.IsEnabled(LogLevel.Debug));

    /// <summary>Reads the file now; returns its problems, empty when it was put in force or is in force already.</summary>
    public Task<ImmutableArray<Problem>> ReloadAsync(CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
