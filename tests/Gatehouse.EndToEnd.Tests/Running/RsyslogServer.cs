using System.Diagnostics;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>rsyslogd with syslog over TLS on loopback, for senders with one certificate name; each message goes to a file as it came.</summary>
internal sealed class RsyslogServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _permitted;
    private Process? _process;

    public RsyslogServer(DirectoryAuthority authority, string permitted, params string[] hosts)
    {
        _permitted = permitted;
        (string certificate, string key) = authority.Sign(hosts);
        File.WriteAllText(_folder["server.pem"], certificate);
        File.WriteAllText(_folder["server.key"], key);
        File.WriteAllText(_folder["ca.pem"], authority.Pem);
        Directory.CreateDirectory(_folder["work"]);
        File.WriteAllText(_folder["rsyslog.conf"], Configuration());
    }

    public int Port { get; } = Ports.Free();

    /// <summary>Messages so far.</summary>
    public string[] Messages => File.Exists(_folder["messages"]) ? Shared(_folder["messages"]).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];

    public async Task<RsyslogServer> StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/rsyslogd", ["-n", "-C", "-i", _folder["pid"], "-f", _folder["rsyslog.conf"]])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Ports.WaitForAsync(Port);
        return this;
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _process = null;
        File.Delete(_folder["pid"]);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }

    private static string Shared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(stream).ReadToEnd();
    }

    private string Configuration() => $"""
        global(workDirectory="{_folder["work"]}" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{_folder["ca.pem"]}"
               defaultNetstreamDriverCertFile="{_folder["server.pem"]}" defaultNetstreamDriverKeyFile="{_folder["server.key"]}")
        module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name" PermittedPeer=["{_permitted}"])
        input(type="imtcp" address="127.0.0.1" port="{Port}")
        template(name="raw" type="string" string="%rawmsg%\n")
        action(type="omfile" file="{_folder["messages"]}" template="raw")
        """;
}
