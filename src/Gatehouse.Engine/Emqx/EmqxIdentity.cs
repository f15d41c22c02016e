using System.Text;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;
using Gatehouse.Protocols.Emqx;

namespace Gatehouse.Engine.Emqx;

/// <summary>Who a gate is at EMQX, and whether that is anybody.</summary>
internal static class EmqxIdentity
{
    private static readonly byte[] Default = Encoding.ASCII.GetBytes(
        $"Authorization: {LoginBody.AsHeader(LoginBody.DefaultName, LoginBody.DefaultPassword)}\r\n");

    /// <summary>Whether EMQX has a way to know the gate.</summary>
    public static bool IsThere(GateModel model) => model.Upstream.Identity is { Authorization.IsEmpty: false };

    /// <summary>What is wrong with it and must not stay so; null where nothing is, and for gates of other systems.</summary>
    public static Problem? Look(GateModel model) =>
        model.System == EmqxCatalogue.System && model.Upstream.Identity is { } identity && identity.Authorization.Span.SequenceEqual(Default)
            ? EmqxProblems.DefaultIdentity.Because(
                $"gate `{model.Name}` is `{LoginBody.DefaultName}` with EMQX's own default password at its upstream",
                hint: "make an API key in EMQX, name it in upstream_user and upstream_password, and change the password")
            : null;

    /// <summary>What a test of the gate says of it: null for gates of other systems.</summary>
    public static (bool Passed, string Detail)? Check(GateModel model) =>
        model.System != EmqxCatalogue.System ? null
        : Look(model) is { } problem ? (false, problem.ToString())
        : IsThere(model) ? (true, "the gate has an identity of its own at EMQX")
        : (false, $"{EmqxProblems.NoIdentity.Title} ({EmqxProblems.NoIdentity.Id}): its API would refuse every request; set upstream_user and upstream_password to an API key's name and secret");
}
