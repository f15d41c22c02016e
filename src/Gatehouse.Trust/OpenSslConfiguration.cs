namespace Gatehouse.Trust;

/// <summary>The TLS floor of the whole process, as an OpenSSL configuration.</summary>
public static class OpenSslConfiguration
{
    /// <summary>Puts the floor in force. Main's first statement: it must run before anything loads OpenSSL.</summary>
    public static void Activate() => throw new NotSupportedException();

    /// <summary>Puts a configuration file in force; see <see cref="Activate()"/>.</summary>
    public static void Activate(string path) => throw new NotSupportedException();

    /// <summary>Writes the floor as <c>DATA/openssl.cnf</c>, for people and other programs to read; returns the path.</summary>
    public static string Write(string dataDirectory) => throw new NotSupportedException();
}
