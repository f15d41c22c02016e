using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting;

/// <summary>What a start tells the person who made it.</summary>
internal sealed record StartReport
{
    /// <summary>The admin API.</summary>
    public required string ApiUrl { get; init; }

    /// <summary>The administrator's name.</summary>
    public string AdminName { get; init; } = FirstStart.AdminName;

    /// <summary>The administrator's first password, shown once; null later and under a service manager.</summary>
    public string? Password { get; init; }

    /// <summary>The file that holds it until it is changed; null where there is none.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>SHA-256 of the CA certificate, hex.</summary>
    public required string CaFingerprint { get; init; }

    /// <summary>PEM file of the CA.</summary>
    public required string CaFile { get; init; }

    /// <summary>Gates with state.</summary>
    public ImmutableArray<GateView> Gates { get; init; } = [];

    /// <summary>Systems that answered on the first start and whose gate this version cannot open.</summary>
    public ImmutableArray<FoundSystem> NotOpened { get; init; } = [];

    /// <summary>The whoami gate's URL, or null where it was taken out.</summary>
    public string? WhoamiUrl { get; init; }

    /// <summary>Whether this start made configuration or administrator.</summary>
    public bool IsFirst { get; init; }

    /// <summary>What needs a person.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];
}
