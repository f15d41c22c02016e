using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>One thing that is wrong on an otherwise secured broker, and what is to be said of it.</summary>
/// <param name="Id">The check.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Conf">Lines behind the secured ones.</param>
public sealed record EmqxCase(string Id, Severity Severity, string Conf = "")
{
    /// <summary>The version.</summary>
    public string Version { get; init; } = "6.3.0";

    /// <summary>Rules, or null for secured ones.</summary>
    public string? Acl { get; init; }

    /// <summary>More of the host, as <see cref="FakeHost.Describe"/> takes it.</summary>
    public string Host { get; init; } = "";

    /// <summary>More files: path and text.</summary>
    public (string Path, string Text)[] Files { get; init; } = [];

    /// <summary>Whether the broker runs.</summary>
    public bool Runs { get; init; } = true;

    /// <summary>A part of what is said.</summary>
    public string Says { get; init; } = "";

    /// <summary>The line of <see cref="Conf"/> that is pointed to, from 1; 0 for none.</summary>
    public int Line { get; init; }

    /// <summary>Whether it cannot be decided.</summary>
    public bool IsUnknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id} {Severity} {Version} {Conf.Trim()} {Acl?.Trim()} {Host.Trim()}";
}
