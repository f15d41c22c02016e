namespace Gatehouse.Engine.Admission;

/// <summary>Counters of steps 1 to 3 since the start, for status and metrics. Read with <see cref="Volatile"/> semantics.</summary>
internal sealed class AdmissionCounters
{
    internal long AdmittedTotal;
    internal long DeniedByFilterTotal;
    internal long DeniedByConnectionBudgetTotal;
    internal long DeniedByHandshakeBudgetTotal;
    internal long HandshakesFailedTotal;
    internal long HandshakesDoneTotal;
    internal long ProxyHeadersRefusedTotal;
    internal long OpenNow;
    internal long HandshakesNow;

    /// <summary>Connections let in.</summary>
    public long Admitted => Volatile.Read(ref AdmittedTotal);

    /// <summary>Refused by the IP filter.</summary>
    public long DeniedByFilter => Volatile.Read(ref DeniedByFilterTotal);

    /// <summary>Refused because listener or source had all their connections.</summary>
    public long DeniedByConnectionBudget => Volatile.Read(ref DeniedByConnectionBudgetTotal);

    /// <summary>Refused because too many handshakes were under way.</summary>
    public long DeniedByHandshakeBudget => Volatile.Read(ref DeniedByHandshakeBudgetTotal);

    /// <summary>TLS handshakes that failed or ran out of time.</summary>
    public long HandshakesFailed => Volatile.Read(ref HandshakesFailedTotal);

    /// <summary>TLS handshakes done.</summary>
    public long HandshakesDone => Volatile.Read(ref HandshakesDoneTotal);

    /// <summary>PROXY protocol headers missing or malformed.</summary>
    public long ProxyHeadersRefused => Volatile.Read(ref ProxyHeadersRefusedTotal);

    /// <summary>Connections open now.</summary>
    public long Open => Volatile.Read(ref OpenNow);

    /// <summary>Handshakes under way now.</summary>
    public long Handshakes => Volatile.Read(ref HandshakesNow);
}
