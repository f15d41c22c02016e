using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Audit;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>
/// All outputs of a node. Made before the trail is opened and ended after it, so that the last record goes out too; exchanged one
/// by one while it runs.
/// </summary>
internal sealed class AuditOutputs : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly AuditDelivery _delivery;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Func<AuditEvent, bool>? _trail;
    private ImmutableList<AuditOutput> _all;

    public AuditOutputs(string directory, IEnumerable<OutputSettings> outputs, AuditDelivery delivery, TimeProvider time, ILogger logger)
    {
        _directory = directory;
        _delivery = delivery;
        _time = time;
        _logger = logger;
        _all = [.. outputs.Select(Make)];
    }

    /// <summary>Each of them.</summary>
    public ImmutableArray<AuditOutput> All => [.. Volatile.Read(ref _all)];

    /// <summary>What needs a person.</summary>
    public IEnumerable<Problem> Problems =>
        All.SelectMany(static o => new[] { o.IsOver ? Behind(o) : o.Failure, o.Refused.Problem }).OfType<Problem>();

    /// <summary>Begins; alarms go to <paramref name="trail"/>.</summary>
    public void Start(Func<AuditEvent, bool> trail)
    {
        _trail = trail;
        foreach (AuditOutput output in All)
        {
            output.Start();
        }

        Tell();
    }

    /// <summary>What would change: one line for each output that is added, changed or removed.</summary>
    public ImmutableArray<string> Compare(IReadOnlyCollection<OutputSettings> next)
    {
        var current = All.ToDictionary(static o => o.Settings.Name, static o => o.Settings, StringComparer.Ordinal);
        return
        [
            .. next.Where(o => !current.ContainsKey(o.Name)).Select(static o => $"output {o.Name} added"),
            .. next.Where(o => current.TryGetValue(o.Name, out OutputSettings? old) && old.Fingerprint != o.Fingerprint).Select(static o => $"output {o.Name} changed"),
            .. current.Keys.Where(name => next.All(o => o.Name != name)).Select(static name => $"output {name} removed"),
        ];
    }

    /// <summary>
    /// Goes over to other settings. What stays the same goes on untouched; what is changed or removed first sends what is there, as
    /// far as that goes within seconds, and its successor goes on at its cursor: nothing is lost, nothing more sent again than after
    /// a lost connection. One call at a time.
    /// </summary>
    public async Task ApplyAsync(IReadOnlyCollection<OutputSettings> next)
    {
        AuditOutput[] leaving = [.. All.Where(o => next.All(n => n.Name != o.Settings.Name || n.Fingerprint != o.Settings.Fingerprint))];
        await Task.WhenAll(leaving.Select(static o => o.DisposeAsync().AsTask()));

        // Made only now: it begins at the cursor that its predecessor left.
        AuditOutput[] staying = [.. All.Except(leaving)];
        AuditOutput[] coming = [.. next.Where(n => staying.All(o => o.Settings.Name != n.Name)).Select(Make)];
        Volatile.Write(ref _all, [.. staying, .. coming]);
        foreach (AuditOutput output in coming)
        {
            output.Start();
        }

        Tell();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(All.Select(static o => o.DisposeAsync().AsTask()));

    private AuditOutput Make(OutputSettings settings) => new(_directory, settings, News, _time, _logger);

    private static Problem Behind(AuditOutput output) => AuditProblems.OutputBehind.Because(
        string.Create(CultureInfo.InvariantCulture, $"output `{output.Settings.Name}` is {output.Behind} bytes behind, more than its limit of {output.Settings.Limit}")
            + (output.Settings.BlocksOnOverflow ? "; nothing is forwarded" : "")
            + (output.Failure is { } why ? $"; {why.Text}" : ""),
        hint: "repair the receiver or the way to it");

    private void News(AuditOutput output, OutputNews news)
    {
        Tell();
        switch (news)
        {
            case OutputNews.Over:
                Problem over = Behind(output);
                _logger.OutputBehind(over.ToString());
                Alarm(AuditOutcome.Failure, over.Text, over.Definition.Id);
                break;
            case OutputNews.Caught:
                Alarm(AuditOutcome.Success, $"output `{output.Settings.Name}` has caught up", null);
                break;
            case OutputNews.Missed:
                Problem missed = AuditProblems.OutputMissed.Because($"output `{output.Settings.Name}`: segments were deleted before they were sent");
                _logger.OutputBehind(missed.ToString());
                Alarm(AuditOutcome.Failure, missed.Text, missed.Definition.Id);
                break;
            case OutputNews.Refused when output.Refused.Problem is { } refused:
                _logger.OutputBehind(refused.ToString());
                Alarm(AuditOutcome.Failure, refused.Text, refused.Definition.Id);
                break;
            default:
                break;
        }
    }

    /// <summary>What the trail must know: whether to give slots, and from which segment on nothing may be deleted.</summary>
    private void Tell()
    {
        lock (_gate)
        {
            _delivery.IsBlocked = All.Any(static o => o is { IsOver: true, Settings.BlocksOnOverflow: true });

            // Beyond its limit an output that does not block keeps nothing from its retention: the disk is finite.
            _delivery.KeepFrom = All.Where(static o => !o.IsOver || o.Settings.BlocksOnOverflow).Select(static o => o.Needs)
                .Order(StringComparer.Ordinal).FirstOrDefault();
        }
    }

    private void Alarm(AuditOutcome outcome, string message, string? problem) => _trail?.Invoke(new AuditEvent
    {
        Action = AuditAction.Alarm,
        Outcome = outcome,
        Time = _time.GetUtcNow(),
        Message = message,
        Problem = problem,
    });
}
