using System.Net;

namespace Gatehouse.Audit;

/// <summary>What to look for in a trail: every filter that is set must match.</summary>
public sealed record AuditQuery
{
    /// <summary>User's exact name.</summary>
    public string? User { get; init; }

    /// <summary>Event action.</summary>
    public AuditAction? Action { get; init; }

    /// <summary>Outcome.</summary>
    public AuditOutcome? Outcome { get; init; }

    /// <summary>Gate's exact name.</summary>
    public string? Gate { get; init; }

    /// <summary>Network the client's address lies in; a single address is a network of full length.</summary>
    public IPNetwork? Source { get; init; }

    /// <summary>Not before.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Text that the line holds, any case.</summary>
    public string? Text { get; init; }

    /// <summary>The receipt's code.</summary>
    public ReceiptCode? Receipt { get; init; }

    /// <summary>Only records with a smaller number: the next page behind one that ended at this record.</summary>
    public long? Before { get; init; }

    /// <summary>Also signed records (segment starts, checkpoints); they are left out otherwise.</summary>
    public bool WithSeals { get; init; }

    /// <summary>At most so many, the newest.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Whether a record is looked for.</summary>
    public bool Matches(AuditRecord record)
    {
        if ((record.Seal is not null && !WithSeals) || (User is not null && record.User != User)
            || (Action is not null && record.Action != Action) || (Outcome is not null && record.Outcome != Outcome)
            || (Gate is not null && record.Gate != Gate) || record.Time < Since || record.Time >= Until
            || record.Sequence >= Before)
        {
            return false;
        }

        if (Source is { } network && (record.SourceAddress is not { } address || !Contains(network, address)))
        {
            return false;
        }

        if (Receipt is { } code && !string.Equals(record.Receipt, code.ToString(), StringComparison.Ordinal))
        {
            return false;
        }

        return Text is null || System.Text.Encoding.UTF8.GetString(record.Line.Span).Contains(Text, StringComparison.OrdinalIgnoreCase);
    }

    private static bool Contains(IPNetwork network, IPAddress address) =>
        network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
