using System.Collections.Immutable;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// Section <c>audit</c> of a configuration that is read again: everything but the folder follows. Prepared before anything of the
/// reload is in force, so that what cannot be used changes nothing.
/// </summary>
/// <param name="first">The configuration of the start.</param>
/// <param name="options">The node's own.</param>
/// <param name="node">Its name.</param>
/// <param name="trail">The trail.</param>
/// <param name="outputs">Its outputs.</param>
internal sealed class AuditReload(NodeConfiguration first, NodeOptions options, string node, FileAuditTrail trail, AuditOutputs outputs)
{
    private AuditConfiguration _current = first.Audit;

    /// <summary>Reads what the outputs need; null with the problem where it cannot be in force.</summary>
    public Prepared? Prepare(NodeConfiguration next, ICollection<Problem> problems)
    {
        if (NodeTrail.FolderOf(next, options) != NodeTrail.FolderOf(first, options))
        {
            problems.Add(ConfigurationProblems.NeedsRestart.Because(
                "`audit.directory` has another value: the trail does not move while the daemon runs", hint: "put the old value back, or restart the daemon"));
            return null;
        }

        try
        {
            ImmutableArray<OutputSettings> settings = NodeOutputs.Settings(next, options, node);
            return new Prepared(next.Audit, settings, [.. Changes(next.Audit), .. outputs.Compare(settings)]);
        }
        catch (ProblemException e)
        {
            problems.Add(e.Problem);
            return null;
        }
    }

    /// <summary>
    /// Puts it in force. The record of it comes first, so that an output that is removed has it as its last one.
    /// </summary>
    public async Task CommitAsync(Prepared next)
    {
        if (next.Changes.IsEmpty)
        {
            return;
        }

        trail.Write(new AuditEvent
        {
            Action = AuditAction.SecurityConfigChange,
            Outcome = AuditOutcome.Success,
            Time = options.Time.GetUtcNow(),
            User = "gatehouse.yaml",
            Realm = "gatehouse",
            Target = "node/audit",
            Message = string.Join("; ", next.Changes),
        });
        await trail.FlushAsync(CancellationToken.None);
        trail.Change(now => NodeTrail.WithLimits(now, next.Audit));
        await outputs.ApplyAsync(next.Outputs);
        _current = next.Audit;
    }

    private IEnumerable<string> Changes(AuditConfiguration next)
    {
        if (next.Durability != _current.Durability)
        {
            yield return $"durability {next.Durability}";
        }

        if (next.SegmentBytes != _current.SegmentBytes)
        {
            yield return $"segment_size {Quantities.WriteSize(next.SegmentBytes)}";
        }

        if (next.SegmentAge != _current.SegmentAge)
        {
            yield return $"segment_age {Quantities.WriteDuration(next.SegmentAge)}";
        }

        if (next.KeepFor != _current.KeepFor)
        {
            yield return "keep_for " + (next.KeepFor is { } keep ? Quantities.WriteDuration(keep) : "all");
        }
    }

    /// <summary>What can be put in force, and what that changes.</summary>
    internal sealed record Prepared(AuditConfiguration Audit, ImmutableArray<OutputSettings> Outputs, ImmutableArray<string> Changes);
}
