namespace Gatehouse.App.Client;

/// <summary>Where the daemon is: a Unix socket, or HTTPS with a CA and a login.</summary>
internal sealed record AdminAddress
{
    /// <summary>The data folder; its socket is used unless <see cref="Url"/> is set.</summary>
    public required string DataFolder { get; init; }

    /// <summary><c>https://host:7443</c>, or null.</summary>
    public Uri? Url { get; init; }

    /// <summary>File with the CA; null: the data folder's, else the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>User for HTTPS.</summary>
    public string Login { get; init; } = "admin";

    /// <summary>Gives the password for HTTPS, asked once.</summary>
    public Func<string> Password { get; init; } = static () => "";

    /// <summary>The daemon's socket.</summary>
    public string SocketPath => Path.Combine(DataFolder, "gatehouse.sock");
}
