using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;

namespace Gatehouse.Engine.Admission;

/// <summary>Step 2: IP filter, connection and half-open budgets, for all listeners of the node.</summary>
internal sealed class AdmissionControl(SnapshotHolder snapshots, IAuditTrail trail, TimeProvider time) : IDisposable
{
    private readonly SourceBudget _connections = new();
    private readonly SourceBudget _handshakes = new();

    /// <summary>What was admitted and refused since the start.</summary>
    public AdmissionCounters Counters { get; } = new();

    /// <summary>Where refusals of steps 1 to 3 are recorded, limited per source.</summary>
    public RefusalRecorder Refusals { get; } = new(trail, time);

    /// <summary>Whether a public key (SHA-256 of its SubjectPublicKeyInfo, hex) is accepted no more.</summary>
    public bool IsRevoked(string keyHash) => snapshots.Current.IsRevoked(keyHash);

    /// <summary>
    /// Lets a connection in, or records why not and returns null: the caller then closes it without sending a byte.
    /// </summary>
    /// <param name="budget">The listener's.</param>
    /// <param name="limits">The limits in force for it.</param>
    /// <param name="source">The client, from the PROXY header where one is required.</param>
    /// <param name="isFiltered">False for Unix sockets, which have no address.</param>
    /// <param name="handshake">Whether a handshake follows that needs a place of its own.</param>
    public Admitted? Admit(ListenerBudget budget, LimitsConfiguration limits, IPEndPoint source, bool isFiltered, bool handshake)
    {
        AddressVerdict verdict = isFiltered ? snapshots.Current.Decide(budget.Gate, source.Address) : default;
        if (isFiltered && !verdict.IsAllowed)
        {
            Interlocked.Increment(ref Counters.DeniedByFilterTotal);
            Refusals.Record(AuditAction.ConnectionDenied, budget.Gate, source, RefusalReasons.AddressDenied, Why(verdict));
            return null;
        }

        SourceKey key = SourceKey.Of(source.Address);
        if (!TryTakeConnection(budget, limits, key, out string? reason))
        {
            Interlocked.Increment(ref Counters.DeniedByConnectionBudgetTotal);
            Refusals.Record(AuditAction.LimitReached, budget.Gate, source, reason);
            return null;
        }

        if (handshake && !TryTakeHandshake(budget, limits, key, out reason))
        {
            ReturnConnection(budget, key);
            Interlocked.Increment(ref Counters.DeniedByHandshakeBudgetTotal);
            Refusals.Record(AuditAction.LimitReached, budget.Gate, source, reason);
            return null;
        }

        Interlocked.Increment(ref Counters.AdmittedTotal);
        return new Admitted(this, budget, source, key, handshake);
    }

    /// <summary>Whether the IP filter in force now lets a source in; asked again after a connection is registered.</summary>
    public bool IsAllowed(string gate, IPAddress source) => snapshots.Current.Decide(gate, source).IsAllowed;

    /// <inheritdoc/>
    public void Dispose() => Refusals.Dispose();

    /// <summary>
    /// Takes a half-open place by the transport's own address, before a PROXY header was read: such a connection is nobody's
    /// yet. Null when there is none left (recorded).
    /// </summary>
    public PendingHeader? AwaitHeader(ListenerBudget budget, LimitsConfiguration limits, IPEndPoint proxy)
    {
        // All clients come through few proxies: the budget per source does not hold here, the one of the listener does.
        if (!TryEnterHandshake(budget, limits))
        {
            Interlocked.Increment(ref Counters.DeniedByHandshakeBudgetTotal);
            Refusals.Record(AuditAction.LimitReached, budget.Gate, proxy, RefusalReasons.Handshakes);
            return null;
        }

        return new PendingHeader(this, budget);
    }

    internal void ReturnConnection(ListenerBudget budget, SourceKey key)
    {
        Interlocked.Decrement(ref budget.Open);
        Interlocked.Decrement(ref Counters.OpenNow);
        _connections.Return(budget, key);
    }

    internal void ReturnHandshake(ListenerBudget budget, SourceKey key)
    {
        LeaveHandshake(budget);
        _handshakes.Return(budget, key);
    }

    internal void LeaveHandshake(ListenerBudget budget)
    {
        Interlocked.Decrement(ref budget.Handshakes);
        Interlocked.Decrement(ref Counters.HandshakesNow);
    }

    private static string Why(AddressVerdict verdict) => verdict switch
    {
        { Rule: { } rule } => $"rule {rule.Address}",
        { Doubt: NameDoubt.Unknown } => "no rule for its address allows it, its name is not known yet",
        { Doubt: NameDoubt.MayBeDenied } => "a deny rule by name may hold for it, what it needs is not resolved yet",
        { Doubt: NameDoubt.Nameless } => "it has no confirmed name, and no rule for its address allows it",
        _ => "no rule allows it",
    };

    private bool TryEnterHandshake(ListenerBudget budget, LimitsConfiguration limits)
    {
        Interlocked.Increment(ref Counters.HandshakesNow);
        if (Interlocked.Increment(ref budget.Handshakes) <= limits.Handshakes)
        {
            return true;
        }

        LeaveHandshake(budget);
        return false;
    }

    private bool TryTakeConnection(ListenerBudget budget, LimitsConfiguration limits, SourceKey key, out string reason)
    {
        reason = RefusalReasons.Connections;
        if (Interlocked.Increment(ref budget.Open) <= limits.Connections)
        {
            reason = RefusalReasons.ConnectionsPerSource;
            if (_connections.TryTake(budget, key, limits.ConnectionsPerSource))
            {
                Interlocked.Increment(ref Counters.OpenNow);
                return true;
            }
        }

        Interlocked.Decrement(ref budget.Open);
        return false;
    }

    private bool TryTakeHandshake(ListenerBudget budget, LimitsConfiguration limits, SourceKey key, out string reason)
    {
        reason = RefusalReasons.Handshakes;
        if (!TryEnterHandshake(budget, limits))
        {
            return false;
        }

        reason = RefusalReasons.HandshakesPerSource;
        if (_handshakes.TryTake(budget, key, limits.HandshakesPerSource))
        {
            return true;
        }

        LeaveHandshake(budget);
        return false;
    }
}

/// <summary>A half-open place of a connection whose PROXY header is awaited.</summary>
internal sealed class PendingHeader(AdmissionControl control, ListenerBudget budget) : IDisposable
{
    private int _disposed;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            control.LeaveHandshake(budget);
        }
    }
}

/// <summary>Why steps 1 to 3 refused; frozen words of the audit trail (<c>gatehouse.reason</c>).</summary>
internal static class RefusalReasons
{
    /// <summary>IP filter.</summary>
    public const string AddressDenied = "address_denied";

    /// <summary>The listener has all its connections.</summary>
    public const string Connections = "connections";

    /// <summary>The source has all its connections at this listener.</summary>
    public const string ConnectionsPerSource = "connections_per_source";

    /// <summary>The listener has all its handshakes under way.</summary>
    public const string Handshakes = "handshakes";

    /// <summary>The source has all its handshakes at this listener under way.</summary>
    public const string HandshakesPerSource = "handshakes_per_source";

    /// <summary>PROXY header missing or malformed.</summary>
    public const string ProxyHeader = "proxy_header";

    /// <summary>The handshake was not done in time.</summary>
    public const string HandshakeTimeout = "handshake_timeout";

    /// <summary>The client closed before the handshake was done.</summary>
    public const string HandshakeAborted = "handshake_aborted";

    /// <summary>No common version or suite, or broken TLS.</summary>
    public const string HandshakeFailed = "handshake_failed";

    /// <summary>The first bytes are not TLS.</summary>
    public const string NotTls = "not_tls";

    /// <summary>The first bytes are clear-text HTTP.</summary>
    public const string PlainHttp = "plain_http";

    /// <summary>No client certificate where one is required.</summary>
    public const string CertificateMissing = "certificate_missing";

    /// <summary>A client certificate that is not of the gate's CAs, expired, or not for clients.</summary>
    public const string CertificateRefused = "certificate_refused";

    /// <summary>Not HTTP, or not by its rules: refused by the server before a request came of it.</summary>
    public const string MalformedHttp = "malformed_http";

    /// <summary>The daemon's own process at the other end of its admin socket.</summary>
    public const string OwnProcess = "own_process";
}
