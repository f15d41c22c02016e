using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Audit;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>All outputs of a node. Made before the trail is opened and ended after it, so that the last record goes out too.</summary>
internal sealed class AuditOutputs : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly AuditDelivery _delivery;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Func<AuditEvent, bool>? _trail;

    public AuditOutputs(string directory, IEnumerable<OutputSettings> outputs, AuditDelivery delivery, TimeProvider time, ILogger logger)
    {
        _delivery = delivery;
        _time = time;
        _logger = logger;
        All = [.. outputs.Select(o => new AuditOutput(directory, o, News, time, logger))];
    }

    /// <summary>Each of them.</summary>
    public ImmutableArray<AuditOutput> All { get; }

    /// <summary>What needs a person.</summary>
    public IEnumerable<Problem> Problems =>
        All.Select(static o => o.IsOver ? Behind(o) : o.Failure).OfType<Problem>();

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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(All.Select(static o => o.DisposeAsync().AsTask()));

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
