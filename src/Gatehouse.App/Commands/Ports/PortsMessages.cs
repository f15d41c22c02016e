using System.Text.Json.Serialization;
using Gatehouse.Administration;

namespace Gatehouse.App.Commands.Ports;

/// <summary>What <c>gatehouse ports --json</c> prints.</summary>
internal sealed record PortsAnswer
{
    /// <summary><c>running</c>, <c>stopped</c> or <c>unknown</c>.</summary>
    public required string Daemon { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed { get; init; }

    /// <summary>Every endpoint by port.</summary>
    public required IReadOnlyList<EndpointView> Endpoints { get; init; }

    /// <summary>What is wrong.</summary>
    public required IReadOnlyList<ErrorBody> Problems { get; init; }
}

/// <summary>One endpoint.</summary>
internal sealed record EndpointView
{
    /// <summary>What it is.</summary>
    public required string What { get; init; }

    /// <summary>Who listens: <c>gatehouse</c>, <c>system</c> or <c>elsewhere</c>.</summary>
    public required string Holder { get; init; }

    /// <summary>The known system, or null.</summary>
    public string? System { get; init; }

    /// <summary>The address by configuration, or null where only the system's own says it.</summary>
    public string? Address { get; init; }

    /// <summary>Where an outgoing one goes, or null.</summary>
    public string? Target { get; init; }

    /// <summary>First port.</summary>
    public int Port { get; init; }

    /// <summary>Last port.</summary>
    public int LastPort { get; init; }

    /// <summary><c>tcp</c> or <c>udp</c>.</summary>
    public required string Transport { get; init; }

    /// <summary><c>incoming</c> or <c>outgoing</c>.</summary>
    public required string Direction { get; init; }

    /// <summary>Who protects it: <c>gatehouse</c>, <c>gate</c>, <c>mesh</c> or <c>nothing</c>.</summary>
    public required string Protection { get; init; }

    /// <summary>The gate or service that does.</summary>
    public string? ProtectedBy { get; init; }

    /// <summary>Who may reach it from other hosts: <c>clients</c>, <c>peers</c>, <c>operators</c>, <c>anyone</c>; empty: nobody.</summary>
    public required IReadOnlyList<string> OpenTo { get; init; }

    /// <summary>Whether <c>gatehouse.yaml</c> names it; otherwise it is a usual port of a guarded system.</summary>
    public bool Declared { get; init; }

    /// <summary><c>silent</c>, <c>local</c>, <c>open</c>, <c>wrong</c> or <c>elsewhere</c>.</summary>
    public required string State { get; init; }

    /// <summary>Who listens right now.</summary>
    public required IReadOnlyList<ListenerView> Listeners { get; init; }

    /// <summary>Why it is open to these.</summary>
    public required string Why { get; init; }
}

/// <summary>A socket.</summary>
internal sealed record ListenerView
{
    /// <summary>Local address.</summary>
    public required string Address { get; init; }

    /// <summary>Local port.</summary>
    public int Port { get; init; }

    /// <summary>Owner.</summary>
    public required string User { get; init; }

    /// <summary>Process id where it can be seen.</summary>
    public int? Pid { get; init; }

    /// <summary>Program where it can be seen.</summary>
    public string? Process { get; init; }
}

/// <summary>What <c>gatehouse firewall --json</c> prints.</summary>
internal sealed record FirewallAnswer
{
    /// <summary>The format.</summary>
    public required string Format { get; init; }

    /// <summary>The file that was written, or null.</summary>
    public string? File { get; init; }

    /// <summary>The rules, where no file was written.</summary>
    public string? Text { get; init; }

    /// <summary>How to load the file.</summary>
    public required string Load { get; init; }

    /// <summary>How to take the rules out again.</summary>
    public required string Remove { get; init; }

    /// <summary>What somebody may not have meant.</summary>
    public required IReadOnlyList<ErrorBody> Notes { get; init; }
}

/// <summary>Their JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PortsAnswer))]
[JsonSerializable(typeof(FirewallAnswer))]
internal sealed partial class PortsJson : JsonSerializerContext;
