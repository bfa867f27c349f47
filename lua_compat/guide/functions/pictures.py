"""Lua's package image; in Python transforms, kernels over arrays, and what tensors do themselves."""

from __future__ import annotations

from lua_compat.guide.functions.row import NO_PYTORCH, Row


def _color(name: str) -> Row:
    """A conversion of colours."""
    return Row(f"image.{name}(img)", f"kernels.image_color.convert(img.numpy(), '{name}')", "", NO_PYTORCH)


def _geometry(lua: str, python: str, note: str = "") -> Row:
    """What moves pixels, by a kernel over arrays."""
    return Row(lua, f"kernels.image.{python}", note, NO_PYTORCH)


PICTURES = (
    Row(
        "image.save('a.png', img); image.load('a.png', 3, 'double')",
        "torch.data.write_image('a.png', (img * 255).byte()); torch.data.read_image('a.png') / 255",
        "bytes in Python, whose names are torchvision's; Lua drops fractions of a 255th, `write_image` rounds",
        NO_PYTORCH,
    ),
    Row(
        "image.savePNG('a.png', img); image.loadPNG('a.png', 3, 'byte')",
        "torch.data.write_image('a.png', (img * 255).byte()); torch.data.read_image('a.png')",
        "`loadJPG`, `loadPPM`, `saveJPG`, `savePPM` and `savePGM` likewise",
        NO_PYTORCH,
    ),
    Row(
        "image.save('a.png', img); image.getSize('a.png')",
        "torch.data.write_image('a.png', img); list(torch.data.read_image('a.png').shape)",
        "without reading the picture in Lua; `getPNGsize` and the like are this for one kind",
        NO_PYTORCH,
    ),
    Row(
        "image.decompress(image.compressPNG(img), 3, 'byte')",
        "f = io.BytesIO(); T.to_pil_image((img * 255).byte()).save(f, 'PNG'); "
        "T.to_tensor(PIL.Image.open(f)).mul(255).byte()",
        "pictures in memory; `compressJPG`, `decompressJPG` and `decompressPNG` likewise",
        NO_PYTORCH,
    ),
    Row("image.is_supported('a.png')", "Path('a.png').suffix in ('.png', '.jpg', '.ppm', '.pgm')"),
    Row(
        "image.scale(img, 12, 4)",
        "T.resize(img, (4, 12))",
        "width before height in Lua; `T` is `torch.data.transforms.functional`, with torchvision's names",
        NO_PYTORCH,
    ),
    Row(
        "image.scale(img, 12, 4, 'simple')",
        "T.resize(img, (4, 12), 'nearest')",
        "",
        "F.interpolate(img[None], (4, 12))[0]",
    ),
    Row(
        "image.crop(img, 1, 2, 5, 7)",
        "img[:, 2:7, 1:5]",
        "from and before these columns and rows; counted from 0 in both",
    ),
    Row("image.crop(img, 'c', 4, 4)", "T.center_crop(img, 4)", "", "img[:, 2:6, 1:5]"),
    Row("image.hflip(img)", "img.flip(-1)", "`T.hflip`"),
    Row("image.vflip(img)", "img.flip(-2)", "`T.vflip`"),
    Row("image.flip(img, 1)", "img.flip(0)"),
    Row(
        "image.rotate(img, math.pi / 2)",
        "kernels.image.rotate(img.numpy(), math.pi / 2, 'simple', 8, 6)",
        "radians; `T.rotate` takes degrees",
        NO_PYTORCH,
    ),
    Row("image.translate(img, 2, 1)", "F.pad(img, (2, -2, 1, -1))", "to the right and down"),
    _geometry(
        "image.warp(img, torch.zeros(2, 8, 6))",
        "warp(img.numpy(), np.zeros((2, 8, 6)), 'bilinear', True, False, 0)",
    ),
    _geometry(
        "image.affinetransform(img, torch.eye(2))",
        "warp(img.numpy(), kernels.image.affine_field(np.eye(2), np.zeros(2), 8, 6), 'bilinear', True, False, 0)",
        "`T.affine` takes an angle, a scale and a shear",
    ),
    _geometry("image.polar(img)", "polar(img.numpy(), 8, 8, 'simple', False, False)"),
    _geometry("image.logpolar(img)", "polar(img.numpy(), 8, 8, 'simple', False, True)"),
    *map(
        _color,
        ("rgb2y", "rgb2yuv", "yuv2rgb", "rgb2hsl", "hsl2rgb", "rgb2hsv", "hsv2rgb", "rgb2nrgb", "rgb2lab", "lab2rgb"),
    ),
    Row("image.jetColormap(5)", "kernels.image_color.jet_colors(5)", "", NO_PYTORCH),
    Row("image.colormap(5)", "kernels.image_color.wheel_colors(5)", "", NO_PYTORCH),
    Row(
        "image.y2jet(n:double():view(2, 2))",
        "kernels.image_color.jet_colors(12)[n.view(2, 2).numpy() - 1].transpose(2, 0, 1)",
        "",
        NO_PYTORCH,
    ),
    Row("image.minmax{tensor = img}", "(img - img.min()) / (img.max() - img.min())"),
    Row("image.gaussian(3)", "kernels.image_filters.gaussian((3, 3), (0.25, 0.25), (0.5, 0.5))", "", NO_PYTORCH),
    Row("image.gaussian1D(3)", "kernels.image_filters.gaussian_1d(3, 0.25, 0.5)", "", NO_PYTORCH),
    Row("image.laplacian(3)", "kernels.image_filters.laplacian((3, 3), (0.1, 0.1), (0.5, 0.5))", "", NO_PYTORCH),
    Row(
        "image.convolve(img, k)",
        "F.conv2d(img[:, None], k.flip(0, 1)[None, None])[:, 0]",
        "`T.gaussian_blur` for a bell",
    ),
    Row(
        "image.convolve(img, image.gaussian(3), 'same')",
        "bell = kernels.image_filters.gaussian((3, 3), (0.25, 0.25), (0.5, 0.5)); "
        "kernels.image_filters.convolve(img.numpy(), bell, 'same')",
        "",
        NO_PYTORCH,
    ),
    Row(
        "image.lcn(img[1], torch.ones(3, 3):div(9))",
        "kernels.image_filters.local_contrast(img[0].numpy(), np.ones((3, 3)) / 9)",
        "",
        NO_PYTORCH,
    ),
    Row("image.erode(img[1]:gt(0.2):double())", "-F.max_pool2d(-(img[:1] > 0.2).double(), 3, 1, 1)[0]"),
    Row("image.dilate(img[1]:gt(0.8):double())", "F.max_pool2d((img[:1] > 0.8).double(), 3, 1, 1)[0]"),
    Row(
        "image.gaussianpyramid(img, {0.5})[1]",
        "T.resize(img, (4, 3), 'nearest')",
        "smoothed before it shrinks further, as by `T.gaussian_blur`",
        "F.interpolate(img[None], (4, 3))[0]",
    ),
    Row(
        "image.drawRect(img, 2, 2, 5, 6)",
        "c = img.clone().numpy(); kernels.image_drawing.draw_rect(c, (1, 1, 4, 5), 1, (1, 0, 0)); c",
        "",
        NO_PYTORCH,
    ),
    Row(
        "image.toDisplayTensor{input = {img, img}, padding = 1, nrow = 2}",
        "torch.data.make_grid([img, img], nrow=2, padding=1, normalize=True, pad_value=1.)[:, 1:, 1:]",
        "from the least to the greatest value; torchvision's name",
        NO_PYTORCH,
    ),
)
