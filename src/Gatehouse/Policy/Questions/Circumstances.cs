using System.Net;

namespace Gatehouse.Policy.Questions;

/// <summary>From where, through what and when; what is not said (null) leaves conditions on it open.</summary>
/// <param name="Now">The moment: grants that end before it or begin after it do not count.</param>
public readonly record struct Circumstances(DateTimeOffset Now)
{
    /// <summary>The client's address.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The gate's name.</summary>
    public string? Gate { get; init; }

    /// <summary>Whether a verified client certificate is present.</summary>
    public bool? HasClientCertificate { get; init; }

    /// <summary>The quality of service asked for.</summary>
    public byte? Qos { get; init; }

    /// <summary>Whether the message is to be retained.</summary>
    public bool? Retain { get; init; }

    /// <summary>Whether it is the asker's own.</summary>
    public bool? Own { get; init; }

    /// <summary>Whether hours of the day are decided at <see cref="Now"/>; else they are open.</summary>
    public bool IsTimeExact { get; init; }
}

/// <summary>Whether something holds under circumstances of which some may be open. The order has a meaning.</summary>
public enum Fit : byte
{
    /// <summary>Under none.</summary>
    No = 0,

    /// <summary>Under some, or it depends on who exactly it is.</summary>
    Maybe = 1,

    /// <summary>Under all.</summary>
    Yes = 2,
}
