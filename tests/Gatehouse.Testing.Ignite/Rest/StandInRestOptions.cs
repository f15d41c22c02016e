using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Testing.Ignite.Rest;

/// <summary>How a stand-in for a node's REST API is made.</summary>
public sealed record StandInRestOptions
{
    /// <summary>The port on the loopback address; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Users and passwords; null = security is off.</summary>
    public IReadOnlyDictionary<string, string>? Users { get; init; }

    /// <summary>With a certificate (and its key) it speaks HTTPS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>False until POST /cluster/init.</summary>
    public bool IsInitialized { get; init; } = true;

    /// <summary>Bytes of a body that the log keeps.</summary>
    public int KeptBody { get; init; } = 64 * 1024;
}

/// <summary>One request as it came in.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The request target, byte for byte.</param>
/// <param name="Headers">Header lines; a repeated header has its values joined by a comma.</param>
/// <param name="Body">The body's beginning.</param>
/// <param name="User">Who signed in; null for nobody.</param>
/// <param name="Status">What was answered.</param>
public sealed record RestRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body, string? User, int Status)
{
    /// <summary>The body as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <summary>A deployment unit as the node would have it.</summary>
/// <param name="Id">From the path.</param>
/// <param name="Version">From the path.</param>
/// <param name="DeployMode">From the query; null where it was not there.</param>
/// <param name="Files">Its files; those of an archive for /zip/, unpacked.</param>
public sealed record StandInUnit(string Id, string Version, string? DeployMode, IReadOnlyList<StandInFile> Files);

/// <summary>One file of a unit.</summary>
/// <param name="Name">Its name as it came: upstream resolves it against the unit's folder without a look at it.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">In lower-case hex.</param>
public sealed record StandInFile(string Name, long Length, string Sha256);

/// <summary>A change of the configuration.</summary>
/// <param name="Scope"><c>node</c> or <c>cluster</c>.</param>
/// <param name="Hocon">The body.</param>
/// <param name="User">Who signed in.</param>
public sealed record StandInPatch(string Scope, string Hocon, string? User);
