using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

/// <summary>The only tests that set environment variables of the process; they restore them.</summary>
public sealed class NodeKeyLocationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _credentials = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
    private readonly string? _config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");

    [Fact]
    public void Explicit_path_then_credential_then_configuration_folder()
    {
        Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", _folder["config"]);
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _folder["credentials"]);
        string configured = _folder["config/gatehouse/abc.key"];
        NodeKeyLocation.Resolve(_folder["data"], null, "abc").ShouldBe(configured, "no credential is there");

        PrivateFolder.Ensure(_folder["credentials"]);
        SecretFile.Write(_folder["credentials/gatehouse-node.key"], "x"u8);
        string credential = NodeKeyLocation.Resolve(_folder["data"], null, "abc");
        credential.ShouldBe(_folder["credentials/gatehouse-node.key"]);
        NodeKeyLocation.Resolve(_folder["data"], _folder["own.key"], "abc").ShouldBe(_folder["own.key"]);

        NodeKeyLocation.Beside(credential, "abc", ".seen").ShouldBe(_folder["config/gatehouse/abc.seen"], "credentials are read-only");
        NodeKeyLocation.Beside(configured, "abc", ".seen").ShouldBe(_folder["config/gatehouse/abc.seen"]);

        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", "relative");
        NodeKeyLocation.Resolve(_folder["data"], null, "abc").ShouldEndWith("/.config/gatehouse/abc.key");
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _credentials);
        Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", _config);
        _folder.Dispose();
    }
}
