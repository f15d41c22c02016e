using Gatehouse.Problems;

namespace Gatehouse.Engine.Forwarding;

/// <summary>How far a forward came.</summary>
internal enum ForwardPhase
{
    /// <summary>Getting a connection.</summary>
    Connect,

    /// <summary>Sending the request.</summary>
    Request,

    /// <summary>Waiting for the final response head.</summary>
    ResponseHead,

    /// <summary>Passing the response on.</summary>
    ResponseBody,

    /// <summary>Everything was passed on.</summary>
    Done,
}

/// <summary>On whose side it failed.</summary>
internal enum GuiltySide
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>The client.</summary>
    Client,

    /// <summary>The upstream.</summary>
    Upstream,

    /// <summary>This gate: it cut the request on purpose.</summary>
    Gate,
}

/// <summary>What came of a forward. The words of <see cref="ForwardOutcome.Word"/> are frozen.</summary>
internal enum ForwardResult
{
    /// <summary><c>ok</c>.</summary>
    Ok,

    /// <summary><c>upstream_unreachable</c>: no connection.</summary>
    UpstreamUnreachable,

    /// <summary><c>upstream_refused_owner</c>: somebody else's process holds the port.</summary>
    UpstreamRefusedOwner,

    /// <summary><c>upstream_malformed</c>: its response breaks the framing rules.</summary>
    UpstreamMalformed,

    /// <summary><c>upstream_cut</c>: it closed before its response was complete.</summary>
    UpstreamCut,

    /// <summary><c>upstream_timeout</c>: no progress for too long.</summary>
    UpstreamTimeout,

    /// <summary><c>upstream_refused_credential</c>: it does not take the gate's own credential.</summary>
    UpstreamRefusedCredential,

    /// <summary><c>client_gone</c>: the client went away.</summary>
    ClientGone,

    /// <summary><c>client_cut_short</c>: the client's body ended early or was malformed.</summary>
    ClientCutShort,

    /// <summary><c>client_too_large</c>: the body grew beyond the limit while it streamed.</summary>
    ClientTooLarge,

    /// <summary><c>partial</c>: the body turned out malformed after a part of it had been sent; the upstream never got its end.</summary>
    ClientMalformed,

    /// <summary><c>cut</c>: the right was lost, or an administrator cut it.</summary>
    Cut,

    /// <summary><c>gate_fault</c>: the gate itself failed.</summary>
    GateFault,
}

/// <summary>What came of a forward, as a value.</summary>
/// <param name="Result">The kind.</param>
/// <param name="Phase">How far it came.</param>
/// <param name="Status">The upstream's status once its head was passed on, else 0.</param>
/// <param name="RequestBytes">Body bytes taken from the client.</param>
/// <param name="ResponseBytes">Body bytes handed towards the client.</param>
internal readonly record struct ForwardOutcome(
    ForwardResult Result, ForwardPhase Phase, int Status, long RequestBytes, long ResponseBytes)
{
    /// <summary>Whether the client has got nothing yet, so that the gate can still answer.</summary>
    public bool CanAnswer => Result is not (ForwardResult.Ok or ForwardResult.GateFault) && Phase < ForwardPhase.ResponseBody;

    /// <summary>On whose side it failed.</summary>
    public GuiltySide Guilty => Result switch
    {
        ForwardResult.Ok => GuiltySide.None,
        ForwardResult.ClientGone or ForwardResult.ClientCutShort or ForwardResult.ClientTooLarge or ForwardResult.ClientMalformed => GuiltySide.Client,
        ForwardResult.Cut or ForwardResult.GateFault => GuiltySide.Gate,
        _ => GuiltySide.Upstream,
    };

    /// <summary>The frozen word of audit records.</summary>
    public string Word => Result switch
    {
        ForwardResult.Ok => "ok",
        ForwardResult.UpstreamUnreachable => "upstream_unreachable",
        ForwardResult.UpstreamRefusedOwner => "upstream_refused_owner",
        ForwardResult.UpstreamMalformed => "upstream_malformed",
        ForwardResult.UpstreamCut => "upstream_cut",
        ForwardResult.UpstreamTimeout => "upstream_timeout",
        ForwardResult.UpstreamRefusedCredential => "upstream_refused_credential",
        ForwardResult.ClientGone => "client_gone",
        ForwardResult.ClientCutShort => "client_cut_short",
        ForwardResult.ClientTooLarge => "client_too_large",
        ForwardResult.ClientMalformed => "partial",
        ForwardResult.GateFault => "gate_fault",
        _ => "cut",
    };

    /// <summary>The permanent problem, or null for <see cref="ForwardResult.Ok"/>.</summary>
    public ProblemDefinition? Problem => Result switch
    {
        ForwardResult.Ok => null,
        ForwardResult.UpstreamUnreachable => GateProblems.UpstreamUnreachable,
        ForwardResult.UpstreamRefusedOwner => GateProblems.UpstreamWrongOwner,
        ForwardResult.UpstreamMalformed => GateProblems.UpstreamMalformed,
        ForwardResult.UpstreamCut => GateProblems.UpstreamCut,
        ForwardResult.UpstreamTimeout => GateProblems.UpstreamTimeout,
        ForwardResult.UpstreamRefusedCredential => ConfigurationProblems.UpstreamCredentialRefused,
        ForwardResult.ClientGone or ForwardResult.ClientCutShort => GateProblems.ClientCutShort,
        ForwardResult.ClientTooLarge => GateProblems.BodyTooLarge,
        ForwardResult.ClientMalformed => GateProblems.BodyRefused,
        ForwardResult.GateFault => GateProblems.GateFault,
        _ => GateProblems.RequestCut,
    };
}

/// <summary>Carries a known way of failing out of the pumps to the one place that judges; it never leaves this room.</summary>
internal sealed class ForwardFault(ForwardResult result, string detail) : IOException(detail)
{
    /// <summary>The way it failed.</summary>
    public ForwardResult Result { get; } = result;
}
