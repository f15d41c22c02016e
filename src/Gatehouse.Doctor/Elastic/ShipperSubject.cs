using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Logstash, or a Beat: what sends documents to nodes.</summary>
internal sealed class ShipperSubject : ElasticSubject
{
    /// <summary>The system's word: <c>logstash</c> or <c>beats</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where its files say that it sends, pipelines of Logstash included.</summary>
    public ImmutableArray<Output> Outputs { get; init; } = [];

    /// <summary>Files that could not be read or understood, and why.</summary>
    public ImmutableArray<(string File, string Why)> Unread { get; init; } = [];

    /// <inheritdoc/>
    public override string System => Kind;
}

/// <summary>One place that a shipper sends to.</summary>
internal sealed record Output
{
    /// <summary>What it is called in a sentence: <c>output.elasticsearch</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Addresses.</summary>
    public required Setting Hosts { get; init; }

    /// <summary>Scheme of addresses without one, or missing.</summary>
    public required Setting Protocol { get; init; }

    /// <summary>The switch of TLS, or missing.</summary>
    public required Setting Tls { get; init; }

    /// <summary>How the other side's certificate is looked at, or missing.</summary>
    public required Setting Verification { get; init; }

    /// <summary>The user, or missing.</summary>
    public required Setting User { get; init; }

    /// <summary>Secrets: password and API key.</summary>
    public required ImmutableArray<Setting> Secrets { get; init; }

    /// <summary>Whether an address without a scheme is spoken to in plain text unless something says otherwise.</summary>
    public bool IsPlainByDefault { get; init; } = true;
}
